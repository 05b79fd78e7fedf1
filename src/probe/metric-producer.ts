import type { MetricRegistry } from "../metrics/registry.ts";
import { RegistryStreams } from "../metrics/streams/registry-streams.ts";
import { CUMULATIVE, DELTA } from "../points/types.ts";
import { choiceOption } from "../shared/options.ts";

/** The SDK's interface `MetricProducer`, for a reader's option `metricProducers`. */
export interface MetricProducer {
  /** Returns the SDK's `CollectionResult`. We do not import that type; `never` is assignable to it. */
  collect(): Promise<never>;
}

/**
 * Delivers the metrics of probes to a reader of the SDK that is not attached to a Taskmon object. Each reader
 * needs its own.
 * @param temporality the reader's temporality
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function metricProducer(
  registry: MetricRegistry,
  temporality?: "cumulative" | "delta",
): MetricProducer {
  const chosen = choiceOption("metricProducer.temporality", temporality, ["cumulative", "delta"]);
  const streams = new RegistryStreams(registry, {
    reader: { selectAggregationTemporality: () => (chosen === "delta" ? DELTA : CUMULATIVE) },
    views: () => undefined,
  });
  return {
    collect: async () => {
      const scopeMetrics = streams.collect(Date.now());
      return { resourceMetrics: { resource, scopeMetrics }, errors: [] } as never;
    },
  };
}

/** A placeholder: readers use the resource of their MeterProvider. */
const resource = {
  attributes: {},
  merge: (other: unknown) => other,
  getRawAttributes: () => [],
};
