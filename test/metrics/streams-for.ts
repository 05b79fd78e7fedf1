import { RegistryStreams } from "../../src/metrics/streams/registry-streams.ts";
import type { MetricRegistry } from "../../src/metrics/registry.ts";
import type { ViewSource } from "../../src/sdk/views.ts";

/** The streams of a reader that has no views, with these choices. */
export function streamsFor(
  registry: MetricRegistry,
  temporality: (type: string) => number = () => 1,
  views?: ViewSource,
): RegistryStreams {
  return new RegistryStreams(registry, {
    reader: { selectAggregationTemporality: temporality },
    views: () => views,
  });
}
