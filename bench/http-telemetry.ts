import {
  AggregationTemporality,
  type DataPoint,
  type Histogram,
  InMemoryMetricExporter,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { NodeSDK } from "@opentelemetry/sdk-node";
import type { Instrumentation } from "@opentelemetry/instrumentation";
import type { MetricRegistry } from "taskmon/metrics";
import { RegistryStreams } from "../src/metrics/streams/registry-streams.ts";

/** An SDK whose exports stay in the process. */
export interface Telemetry {
  /** The requests that the duration histogram of the measured side has counted so far. */
  measuredRequests(): Promise<number>;
}

/**
 * Sets up an SDK, as its users do, without a tracer; it collects every second, so that collections are
 * part of what is measured.
 * @param side of whose requests the duration counts
 * @param registry one that is told straight from its series; undefined where instruments deliver
 */
export function startTelemetry(
  side: "server" | "client",
  instrumentation: Instrumentation,
  registry: MetricRegistry | undefined,
): Telemetry {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const streams = registry && new RegistryStreams(registry, { reader: {}, views: () => undefined });
  const reader = new PeriodicExportingMetricReader({
    exporter,
    exportIntervalMillis: 1_000,
    exportTimeoutMillis: 1_000,
    metricProducers: [
      {
        async collect() {
          const scopeMetrics = streams?.collect(Date.now()) ?? [];
          return { resourceMetrics: { resource: undefined, scopeMetrics }, errors: [] } as never;
        },
      },
    ],
  });
  const sdk = new NodeSDK({
    instrumentations: [instrumentation],
    metricReaders: [reader],
    spanProcessors: [],
    logRecordProcessors: [],
    autoDetectResources: false,
  });
  sdk.start();
  return {
    async measuredRequests() {
      exporter.reset();
      await reader.forceFlush();
      return exporter
        .getMetrics()
        .slice(-1)
        .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics))
        .filter(({ descriptor }) => descriptor.name === `http.${side}.request.duration`)
        .flatMap(({ dataPoints }) => dataPoints as DataPoint<Histogram>[])
        .reduce((total, { value }) => total + value.count, 0);
    },
  };
}
