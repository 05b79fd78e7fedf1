import { logs } from "@opentelemetry/api";
import {
  InMemoryLogRecordExporter,
  LoggerProvider,
  SimpleLogRecordProcessor,
} from "@opentelemetry/sdk-logs";
import { expect, it, onTestFinished } from "vitest";
import { AppError, createApp, defineError, defineService } from "../../../src/app/index.ts";
import { MetricRegistry } from "../../../src/metrics/registry.ts";
import { resolveIdentity } from "../../../src/identity/identity.ts";

const lost = defineError({ id: "0x52", name: "Lost", severity: "high" });

/** An app whose records go through the SDK's LoggerProvider, as the API knows it. */
function setup(): { exporter: InMemoryLogRecordExporter; app: ReturnType<typeof createApp> } {
  const exporter = new InMemoryLogRecordExporter();
  const provider = new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter })] });
  logs.setGlobalLoggerProvider(provider);
  onTestFinished(() => logs.disable());
  return { exporter, app: createApp() };
}

it("reports an error as one record, with its class, its causes and the app's ids", () => {
  const { exporter, app } = setup();
  const error = new AppError(lost, {
    message: "gone",
    cause: new RangeError("deep"),
    tags: ["db"],
  });

  const reported = app.report(error);
  app.report(error);
  app.report(reported);

  const records = exporter.getFinishedLogRecords();
  expect(records).toHaveLength(1);
  expect(records[0]).toMatchObject({
    eventName: "taskmon.app.exception",
    severityNumber: 18,
    body: "gone",
    attributes: {
      "exception.type": "RangeError",
      "exception.message": "gone",
      "taskmon.error.id": "52",
      "taskmon.error.name": "Lost",
      "taskmon.error.severity": "high",
      "taskmon.error.tags": ["db"],
      "taskmon.instance.id": app.identity.instance.toString(16),
      "process.pid": process.pid,
    },
  });
  expect(records[0]?.attributes["exception.stacktrace"]).toMatch(
    /Lost: gone[\s\S]+Caused by: RangeError: deep/,
  );
});

it("reports the name of an error whose class a minifier has shortened", () => {
  class e extends Error {
    override name = "CardRefusedError";
  }
  const { exporter, app } = setup();
  app.report(new AppError(lost, { message: "gone", cause: new e("no") }));
  expect(exporter.getFinishedLogRecords()[0]?.attributes).toMatchObject({
    "exception.type": "CardRefusedError",
  });
});

it("takes what is no AppError for a bug", () => {
  const { exporter, app } = setup();
  expect(app.report("a text").spec.name).toBe("Bug");
  expect(exporter.getFinishedLogRecords()[0]?.attributes).toMatchObject({
    "taskmon.error.id": "0",
  });
});

it("counts errors by kind", () => {
  const metrics = new MetricRegistry({ delivery: "auto" });
  const app = createApp({
    logger: { emit() {} },
    taskmon: {
      ...{ metrics, identity: resolveIdentity() },
      health: { register() {}, unregister() {}, run: () => Promise.resolve() },
      shutdown: () => Promise.resolve(),
    },
  });
  app.report(new AppError(lost));
  app.report(new AppError(lost));
  app.report(new Error("x"));
  const metric = [...metrics.metrics()].find(({ spec }) => spec.name === "taskmon.app.errors");
  const counts = [...(metric?.series.cells() ?? [])].map((cell) => [
    cell.attributes["taskmon.error.id"],
    (cell as { value?: number }).value,
  ]);
  expect(counts).toEqual([
    ["52", 2],
    ["0", 1],
  ]);
});

it("ends the app for a fatal error where that is its policy", async () => {
  const fatal = defineError({ id: "0x53", name: "Fatal", severity: "fatal" });
  const services = [defineService({ id: 1n, name: "a" })];
  const brave = createApp({ services, logger: { emit() {} } });
  const careful = createApp({ services, logger: { emit() {} }, endOnFatal: true });
  await Promise.all([brave.start(), careful.start()]);

  brave.report(new AppError(fatal));
  careful.report(new AppError(fatal));
  await careful.dead;

  expect([brave.state, careful.exitCode]).toEqual(["alive", 1]);
});
