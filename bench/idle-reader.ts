import { MetricReader } from "@opentelemetry/sdk-metrics";
import type { MetricRegistry } from "taskmon/metrics";
import { RegistryStreams } from "../src/metrics/streams/registry-streams.ts";

/** More series than any group has. */
const CARDINALITY_LIMIT = 100_000;

/** A cumulative reader that collects when it is told to. */
export class IdleReader extends MetricReader {
  /** @param registry one that is told straight from its series; undefined where there is none */
  constructor(registry?: MetricRegistry) {
    const streams =
      registry && new RegistryStreams(registry, { reader: {}, views: () => undefined });
    super({
      cardinalitySelector: () => CARDINALITY_LIMIT,
      metricProducers: [
        {
          async collect() {
            const scopeMetrics = streams?.collect(Date.now()) ?? [];
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
