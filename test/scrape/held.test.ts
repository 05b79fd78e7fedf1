import { DiagLogLevel, diag } from "@opentelemetry/api";
import { PrometheusExporter } from "@opentelemetry/exporter-prometheus";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { expect, it, onTestFinished } from "vitest";
import { createTaskmon } from "../../src/index.ts";
import { defineCounter } from "../../src/metrics/index.ts";
import type { HeartbeatAnswer, TaskNumAllocator } from "../../src/task/allocator.ts";
import { manualClock } from "../../src/testing/index.ts";
import { endpoint, send } from "./harness.ts";

it("answers 503 and says why while metrics are held, and the exporter's answer before and after", async () => {
  let isHeld = false;
  const { url } = await endpoint({ isHeld: () => isHeld });
  expect((await send(url)).status).toBe(200);

  isHeld = true;
  const { status, headers, body } = await send(url);
  expect(status).toBe(503);
  expect(headers["content-type"]).toBe("text/plain; charset=utf-8");
  expect(body.toString()).toBe("The metrics are held back: this process has no task number now\n");
  expect((await send(url, { method: "HEAD" })).status).toBe(503);

  isHeld = false;
  expect((await send(url)).body.toString()).toMatch(/^orders_total\{.*\} 1$/m);
});

it("tells only those who may ask for the metrics that they are held", async () => {
  const { url } = await endpoint({ isHeld: () => true, bearerToken: "secret" });
  expect((await send(url)).status).toBe(401);
  expect((await send(url, { path: "/", headers: { authorization: "Bearer secret" } })).status).toBe(
    404,
  );
  expect((await send(url, { headers: { authorization: "Bearer secret" } })).status).toBe(503);
});

it("lets the exporter answer if isHeld throws, and reports it once", async () => {
  const lines: string[] = [];
  const log = (...texts: unknown[]): void => void lines.push(texts.join(" "));
  diag.setLogger({ debug() {}, verbose() {}, info() {}, warn: log, error: log }, DiagLogLevel.ALL);
  onTestFinished(() => diag.disable());
  const { url } = await endpoint({
    isHeld: () => {
      throw new Error("no");
    },
  });
  expect((await send(url)).status).toBe(200);
  expect((await send(url)).status).toBe(200);
  expect(lines.filter((line) => line.includes("isHeld threw"))).toHaveLength(1);
});

it("refuses what is no function", async () => {
  await expect(async () => endpoint({ isHeld: true as never })).rejects.toMatchObject({
    code: "ERR_TASKMON_INVALID_OPTION",
    option: "scrape.isHeld",
  });
});

it("follows the task number of a real process: 503 until there is one, and when it is lost", async () => {
  const clock = manualClock();
  let answer: HeartbeatAnswer = { kind: "no_number" };
  const allocator: TaskNumAllocator = {
    name: "as told",
    scope: "fleet",
    notifyTaskIsAlive: async () => answer,
    release: async () => true,
  };
  const taskmon = createTaskmon({
    target: { serviceName: "checkout", jobName: "web", region: "held" },
    ...{ allocator, clock, http: false },
  });
  const exporter = new PrometheusExporter({ preventServerStart: true });
  taskmon.attach(exporter, { hold: true });
  const provider = new MeterProvider({ readers: [exporter], views: taskmon.views });
  taskmon.setMeterProvider(provider);
  onTestFinished(() => taskmon.shutdown());
  const service = { id: "0xa", name: "shop" };
  const spec = { service, id: "0x1", name: "shop.placed", help: "Orders placed." };
  taskmon.metrics.counter(defineCounter(spec)).add(3);
  const { url } = await endpoint({ exporter, isHeld: () => taskmon.readers.isHeld(exporter) });

  await clock.advance(1_000);
  expect((await send(url)).status).toBe(503);

  answer = { kind: "granted", num: 4, epoch: 1, leaseMs: 60_000 };
  await clock.advance(60_000);
  const { status, body } = await send(url);
  expect(status).toBe(200);
  expect(body.toString()).toMatch(/^shop_placed_total\{.*\} 3$/m);
  expect(body.toString()).toMatch(/^target_info\{.*taskmon_task_number="4".*\} 1$/m);

  answer = { kind: "lost" };
  await clock.advance(60_000);
  answer = { kind: "no_number" };
  expect((await send(url)).status).toBe(503);
});
