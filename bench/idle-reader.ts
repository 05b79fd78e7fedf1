import { AggregationTemporality, MetricReader } from "@opentelemetry/sdk-metrics";
import { type MetricRegistry, Producer } from "taskmon/metrics";

/** More series than any group has. */
const CARDINALITY_LIMIT = 100_000;

/** A cumulative reader that collects when it is told to. */
export class IdleReader extends MetricReader {
  /** @param registry one whose delivery is `producer`; undefined where there is none */
  constructor(registry?: MetricRegistry) {
    const producer = registry && new Producer(registry, () => AggregationTemporality.CUMULATIVE);
    super({
      cardinalitySelector: () => CARDINALITY_LIMIT,
      metricProducers: [
        {
          async collect() {
            const scopeMetrics = producer?.collect(Date.now()) ?? [];
            return { resourceMetrics: { resource: undefined, scopeMetrics }, errors: [] } as never;
          },
        },
      ],
    });
  }

  protected override async onShutdown(): Promise<void> {
    // Nothing is open.
  }

  protected override async onForceFlush(): Promise<void> {
    // Nothing is kept.
  }
}
