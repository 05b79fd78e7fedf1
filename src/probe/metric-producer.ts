import { CUMULATIVE, DELTA, type ScopeMetrics } from "../metrics/metric-data.ts";
import { Producer } from "../metrics/producer.ts";
import type { MetricRegistry } from "../metrics/registry.ts";
import { choiceOption } from "../shared/options.ts";

/** What a reader of the SDK takes in its option `metricProducers`, structurally. */
export interface MetricProducer {
  /** Gives the SDK's `CollectionResult`, whose type we do not import: `never` fits in its place. */
  collect(): Promise<never>;
}

/**
 * Brings the metrics of probes to a reader of the SDK that no Taskmon object attaches. Each reader needs
 * one of its own.
 * @param temporality what the reader asks for
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function metricProducer(
  registry: MetricRegistry,
  temporality?: "cumulative" | "delta",
): MetricProducer {
  const chosen = choiceOption("temporality", temporality, ["cumulative", "delta"]);
  const producer = new Producer(registry, () => (chosen === "delta" ? DELTA : CUMULATIVE));
  return {
    collect: async () => {
      const scopeMetrics: ScopeMetrics[] = producer.collect(Date.now());
      return { resourceMetrics: { resource, scopeMetrics }, errors: [] } as never;
    },
  };
}

/** Readers use the resource of their MeterProvider; this one only fills the place. */
const resource = {
  attributes: {},
  merge: (other: unknown) => other,
  getRawAttributes: () => [],
};
