import type { ServerResponse } from "node:http";
import {
  AggregationTemporalityPreference,
  OTLPMetricExporter,
} from "@opentelemetry/exporter-metrics-otlp-http";
import { OTLPMetricExporter as GrpcExporter } from "@opentelemetry/exporter-metrics-otlp-grpc";
import {
  MeterProvider,
  PeriodicExportingMetricReader,
  type PushMetricExporter,
} from "@opentelemetry/sdk-metrics";
import { createTaskmon, memoryAllocator, type ShutdownReport, type Taskmon } from "taskmon";
import { defineCounter } from "taskmon/metrics";
import { describe, expect, it, onTestFinished } from "vitest";
import { type Answer, httpSink } from "../reader/http-sink.ts";
import { freePort } from "../setup/servers.ts";

const workDone = defineCounter({ service: "0xa", id: "0x1", name: "work.done", help: "Work." });

let services = 0;

interface Started {
  readonly taskmon: Taskmon;
  readonly provider: MeterProvider;
  /** The report of the shutdown. */
  readonly report: Promise<ShutdownReport>;
}

async function start(exporter: PushMetricExporter): Promise<Started> {
  const taskmon = createTaskmon({
    target: { serviceName: `report-${services++}`, hostName: "h" },
    allocator: memoryAllocator(),
    http: false,
  });
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 1e9 });
  const provider = new MeterProvider({ readers: [reader] });
  taskmon.setMeterProvider(provider);
  onTestFinished(async () => {
    await taskmon.shutdown({ timeoutMs: 0 });
    await provider.shutdown().catch(() => undefined);
  });
  taskmon.metrics.counter(workDone).add(1);
  await taskmon.task.settled();
  const report = new Promise<ShutdownReport>((resolve) => taskmon.on("shutdown", resolve));
  return { taskmon, provider, report };
}

/** The outcome and the reason of the only reader. */
function onlyReader({ readers }: Pick<ShutdownReport, "readers">): (string | undefined)[] {
  expect(readers).toHaveLength(1);
  return [readers[0]?.outcome, readers[0]?.error];
}

const ok: Answer = (_, response) => void response.writeHead(200).end("{}");
const status =
  (code: number): Answer =>
  (_, response) =>
    void response.writeHead(code).end();
const partial: Answer = (_, response: ServerResponse) =>
  void response
    .writeHead(200, { "content-type": "application/json" })
    .end('{"partialSuccess":{"rejectedDataPoints":"2"}}');

/** Ends the process's part in each of the ways in which it ends. */
const ends: Record<string, (started: Started) => Promise<unknown>> = {
  "taskmon.shutdown()": ({ taskmon }) => taskmon.shutdown(),
  "the SDK's shutdown alone": ({ provider }) => provider.shutdown(),
  "both at once": ({ taskmon, provider }) => Promise.all([taskmon.shutdown(), provider.shutdown()]),
};

describe.each(Object.entries(ends))("by %s, the report", (_, end) => {
  it("is complete when the receiver took everything", async () => {
    const sink = await httpSink(ok);
    const started = await start(new OTLPMetricExporter({ url: sink.url }));
    await end(started);
    const report = await started.report;
    expect(report).toMatchObject({ complete: true });
    expect(onlyReader(report)).toEqual(["delivered", undefined]);
  });

  it.each<[string, Answer, RegExp]>([
    ["401", status(401), /401|Unauthorized/],
    ["400", status(400), /400|Bad Request/],
    ["a partial success", partial, /rejected 2 data points/],
  ])("is not complete when it answers %s", async (_name, answer, reason) => {
    const sink = await httpSink(answer);
    const started = await start(new OTLPMetricExporter({ url: sink.url }));
    await end(started);
    const report = await started.report;
    expect(report.complete).toBe(false);
    expect(onlyReader(report)).toEqual(["failed", expect.stringMatching(reason)]);
  });

  it("is not complete when nobody listens", async () => {
    const url = `http://127.0.0.1:${await freePort()}/v1/metrics`;
    const started = await start(new OTLPMetricExporter({ url }));
    await end(started);
    const report = await started.report;
    expect(report.complete).toBe(false);
    expect(onlyReader(report)).toEqual(["failed", expect.stringContaining("ECONNREFUSED")]);
    const step = report.steps.find(({ name }) => name === "the last export");
    expect(step).toMatchObject({ outcome: "failed" });
    expect(String(step?.error)).toContain("ECONNREFUSED");
  });

  it("tells of a receiver that is busy, which is asked twice and no more", async () => {
    const sink = await httpSink(status(503));
    const started = await start(new OTLPMetricExporter({ url: sink.url }));
    await end(started);
    expect(onlyReader(await started.report)).toEqual(["failed", expect.any(String)]);
    // Where both end it, the reader's own last export is one more, for which there is no second try.
    expect(sink.requests).toBeLessThanOrEqual(4);
    expect(sink.requests).toBeGreaterThan(1);
  });
});

it("asks a busy receiver once more at the end, and delivers then", async () => {
  const sink = await httpSink(
    (count, response) => void response.writeHead(count === 1 ? 503 : 200).end("{}"),
  );
  const { taskmon, report } = await start(new OTLPMetricExporter({ url: sink.url }));
  await taskmon.shutdown();
  expect(await report).toMatchObject({ complete: true });
  expect(sink.requests).toBe(2);
});

it("does not wait for a receiver that wants to be asked much later", async () => {
  const sink = await httpSink(
    (_, response) => void response.writeHead(503, { "retry-after": "30" }).end(),
  );
  const { taskmon, report } = await start(new OTLPMetricExporter({ url: sink.url }));
  await taskmon.shutdown();
  expect(await report).toMatchObject({ complete: false });
  expect(sink.requests).toBe(1);
});

it("does not wait for the next attempt of an export that had begun before", async () => {
  const sink = await httpSink((count, response) => {
    // The SDK's exporter would wait for these 5 s.
    if (count === 1) response.writeHead(503, { "retry-after": "5" }).end();
    else response.writeHead(200).end("{}");
  });
  const { taskmon, provider, report } = await start(
    new OTLPMetricExporter({
      url: sink.url,
      temporalityPreference: AggregationTemporalityPreference.DELTA,
    }),
  );
  const before = provider.forceFlush();
  await sink.arrived(1);
  await expect.poll(() => taskmon.readers.list[0]?.batchesInFlight).toBe(1);
  await taskmon.shutdown();
  await before;
  // What had waited is delta data, and went along with the last export.
  expect(await report).toMatchObject({ complete: true });
  expect(sink.requests).toBe(2);
});

it("is not complete over gRPC when nobody listens", async () => {
  const url = `http://127.0.0.1:${await freePort()}`;
  const { taskmon, report } = await start(
    new GrpcExporter({ url, temporalityPreference: AggregationTemporalityPreference.DELTA }),
  );
  await taskmon.shutdown();
  const ended = await report;
  expect(onlyReader(ended)).toEqual(["failed", expect.stringContaining("ECONNREFUSED")]);
  // It is known that nobody has it, so that it would have gone along with a later export.
  expect(ended.readers[0]?.pointsLost).toBe(0);
});

describe("a flush", () => {
  it("tells that everything arrived", async () => {
    const sink = await httpSink(ok);
    const { taskmon } = await start(new OTLPMetricExporter({ url: sink.url }));
    expect(await taskmon.flush.now()).toEqual({
      complete: true,
      readers: [{ reader: "PeriodicExportingMetricReader", outcome: "delivered", pointsLost: 0 }],
    });
  });

  it("tells that it did not, and does not reject", async () => {
    const sink = await httpSink(status(401));
    const { taskmon } = await start(new OTLPMetricExporter({ url: sink.url }));
    const flushed = await taskmon.flush.now();
    expect(flushed.complete).toBe(false);
    expect(onlyReader(flushed)).toEqual(["failed", expect.stringMatching(/401|Unauthorized/)]);
  });
});

it("does not call a shutdown complete after an export of deltas that was refused", async () => {
  const sink = await httpSink(
    (count, response) => void response.writeHead(count === 1 ? 400 : 200).end("{}"),
  );
  const { taskmon, report } = await start(
    new OTLPMetricExporter({
      url: sink.url,
      temporalityPreference: AggregationTemporalityPreference.DELTA,
    }),
  );
  await taskmon.flush.now();
  await taskmon.shutdown();
  expect(await report).toMatchObject({
    complete: false,
    readers: [{ outcome: "delivered", pointsLost: expect.any(Number) as number }],
  });
});
