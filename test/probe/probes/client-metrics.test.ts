import { createServer } from "node:http";
import {
  InMemoryMetricExporter,
  AggregationTemporality,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { expect, it, onTestFinished } from "vitest";
import { HttpMetricsInstrumentation } from "../../../src/http/index.ts";
import { httpProbe } from "../../../src/probe/probes/http.ts";
import { UserAgents } from "../../../src/http/server/user-agent.ts";
import { VERSION } from "../../../src/shared/version.ts";
import { ask, listen, verdict } from "./harness.ts";

it("leaves our own client metrics alone, unless it is asked to be counted", async () => {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const provider = new MeterProvider({ readers: [reader] });
  const instrumentation = new HttpMetricsInstrumentation();
  instrumentation.setMeterProvider(provider);
  instrumentation.enable();
  onTestFinished(async () => {
    instrumentation.disable();
    await provider.shutdown();
  });
  const url = `http://127.0.0.1:${await listen(createServer((_request, response) => void response.end()))}/`;
  const counted = async (): Promise<number> => {
    await provider.forceFlush();
    const metrics =
      exporter
        .getMetrics()
        .at(-1)
        ?.scopeMetrics.flatMap(({ metrics: all }) => all) ?? [];
    const found = metrics.find(
      ({ descriptor }) => descriptor.name === "http.client.request.duration",
    );
    return (found?.dataPoints ?? []).reduce(
      (sum, { value }) => sum + (value as { count: number }).count,
      0,
    );
  };
  expect(verdict(await ask(httpProbe(), url))).toBe("pass");
  expect(await counted()).toBe(0);
  expect(verdict(await ask(httpProbe({ clientMetrics: true }), url))).toBe("pass");
  await expect.poll(counted).toBe(1);
});

it("names itself so that a server of ours knows it for a test", () => {
  expect(new UserAgents().syntheticType(`taskmon-probe/${VERSION}`)).toBe("test");
});
