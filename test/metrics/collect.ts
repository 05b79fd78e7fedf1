import type { Attributes } from "@opentelemetry/api";
import {
  AggregationTemporality,
  type DataPoint,
  type Histogram,
  type MetricProducer,
  MetricReader,
} from "@opentelemetry/sdk-metrics";

/** A reader that does nothing but collect when a test says so. */
export class TestReader extends MetricReader {
  constructor(
    temporality: AggregationTemporality = AggregationTemporality.CUMULATIVE,
    metricProducers: MetricProducer[] = [],
  ) {
    super({ aggregationTemporalitySelector: () => temporality, metricProducers });
  }

  protected override async onShutdown(): Promise<void> {
    // Nothing is open.
  }

  protected override async onForceFlush(): Promise<void> {
    // Nothing is kept.
  }

  /** The points of one metric, as attributes and value. */
  async points(name: string): Promise<{ attributes: Attributes; value: number | Histogram }[]> {
    const { resourceMetrics, errors } = await this.collect();
    if (errors.length > 0) throw errors[0];
    return resourceMetrics.scopeMetrics
      .flatMap((scope) => scope.metrics)
      .filter((metric) => metric.descriptor.name === name)
      .flatMap((metric) => metric.dataPoints as DataPoint<number | Histogram>[])
      .map(({ attributes, value }) => ({ attributes, value }));
  }
}
