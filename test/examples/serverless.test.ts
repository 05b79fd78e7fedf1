import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { beforeAll, expect, inject, it, vi } from "vitest";
import { startOtlpReceiver } from "../setup/otlp-receiver.ts";

/** What the platform lets a process do between requests is nothing: no export but by a flush comes in time. */
beforeAll(async () => {
  const receiver = await startOtlpReceiver();
  vi.stubEnv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url);
  vi.stubEnv("OTEL_TRACES_EXPORTER", "none");
  vi.stubEnv("OTEL_LOGS_EXPORTER", "none");
  vi.stubEnv("OTEL_METRIC_EXPORT_INTERVAL", "3600000");
  vi.stubEnv("TASKMON_FLUSH_INTERVAL_MS", "1000");
  vi.stubEnv("TASKMON_STATE_DIR", mkdtempSync(join(inject("testRun").folder, "serverless-")));
  vi.stubEnv("PORT", "0");
  // Of this test alone: what an earlier one exported proves nothing.
  exportsSince = () => {
    const from = receiver.exports.length;
    return (name) =>
      receiver.exports
        .slice(from)
        .some(({ metrics }) => metrics.some((metric) => metric.name === name));
  };
  return () => receiver.stop();
});

let exportsSince: () => (metric: string) => boolean;

it("Lambda: an invocation takes the export along", async () => {
  const { handler, taskmon } = await import("../../examples/frameworks/lambda.ts");
  const exported = exportsSince();
  const context = { getRemainingTimeInMillis: () => 30_000 };
  const invoke = async (): Promise<boolean> => {
    expect(await handler({}, context)).toEqual({ statusCode: 200, body: "ordered\n" });
    return exported("orders");
  };
  await expect.poll(invoke, { timeout: 20_000, interval: 100 }).toBe(true);
  await taskmon.shutdown();
});

it("Cloud Run: a request takes the export along", async () => {
  const { server, taskmon } = (await import("../../examples/frameworks/cloud-run.ts")) as {
    readonly server: Server;
    readonly taskmon: AsyncDisposable & { shutdown(): Promise<void> };
  };
  if (!server.listening) await once(server, "listening");
  const url = `http://localhost:${(server.address() as AddressInfo).port}/`;
  const exported = exportsSince();
  const ask = async (): Promise<boolean> => {
    expect(await (await fetch(url)).text()).toBe("ordered\n");
    return exported("http.server.request.duration");
  };
  await expect.poll(ask, { timeout: 20_000, interval: 100 }).toBe(true);
  server.close();
  await taskmon.shutdown();
});
