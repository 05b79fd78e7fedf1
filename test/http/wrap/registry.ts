import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { MetricRegistry } from "../../../src/metrics/index.ts";
import { seriesOf } from "../client-harness.ts";
import { ManualReader } from "../harness.ts";

/** A registry, and what it exports of a metric: labels, number and sum of each series. */
export function measuring(): {
  readonly taskmon: { readonly metrics: MetricRegistry };
  exported(metric: string): Promise<object[]>;
} {
  const metrics = new MetricRegistry();
  const reader = new ManualReader();
  metrics.setMeterProvider(new MeterProvider({ readers: [reader] }));
  return {
    taskmon: { metrics },
    exported: async (metric) =>
      (await seriesOf(reader, metric)).map(({ attributes, count, value }) => ({
        ...attributes,
        count,
        // Durations differ from run to run.
        ...(!metric.endsWith("duration") && { value }),
      })),
  };
}
