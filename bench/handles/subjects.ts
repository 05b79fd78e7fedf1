import type { Meter } from "@opentelemetry/api";
import { type DataPoint, type Histogram, MeterProvider } from "@opentelemetry/sdk-metrics";
import { Registry } from "prom-client";
import { MetricRegistry } from "taskmon/metrics";
import { IdleReader } from "../idle-reader.ts";

/** What every group of this suite measures. */
export interface Subjects {
  /** As it is by default: the reader of `sdk` gets it straight from its series. */
  readonly taskmon: MetricRegistry;
  /** Bound to the provider of `sdk`, whose instruments carry it. */
  readonly instruments: MetricRegistry;
  readonly sdk: Meter;
  readonly promClient: Registry;
  /** What a metric counted, as a reader of the provider finds it: the sum, or the measurements. */
  readonly exported: (name: string) => Promise<number>;
  /** What a metric of prom-client counted. */
  readonly scraped: (name: string) => Promise<number>;
}

/** Sets up an SDK with a reader, Taskmon in it, and prom-client. */
export function createSubjects(): Subjects {
  const taskmon = new MetricRegistry({ delivery: "auto" });
  const reader = new IdleReader(taskmon);
  const provider = new MeterProvider({ readers: [reader] });
  const instruments = new MetricRegistry();
  instruments.setMeterProvider(provider);
  const promClient = new Registry();
  return {
    taskmon,
    instruments,
    sdk: provider.getMeter("bench"),
    promClient,
    async exported(name) {
      const { resourceMetrics } = await reader.collect();
      const points = resourceMetrics.scopeMetrics
        .flatMap(({ metrics }) => metrics)
        .filter(({ descriptor }) => descriptor.name === name)
        .flatMap(({ dataPoints }) => dataPoints as DataPoint<number | Histogram>[]);
      return sum(points.map(({ value }) => (typeof value === "number" ? value : value.count)));
    },
    async scraped(name) {
      const { values } = await promClient.getSingleMetric(name)!.get();
      const counts = values.filter(
        (value) => !("metricName" in value) || value.metricName === `${name}_count`,
      );
      return sum(counts.map(({ value }) => value));
    },
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
