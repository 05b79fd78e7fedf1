import { type IdInput, parseId } from "../identity/id.ts";
import type { Metric } from "./metric.ts";
import type { MetricKind, MetricSpec } from "./spec.ts";

/** The specs of one kind, by service and metric. */
export interface CatalogueSection<K extends MetricKind = MetricKind> {
  /** Returns the spec with these ids or names, or undefined. A text that begins with a letter is a name. */
  get(service: IdInput, metric: IdInput): SpecOf<K> | undefined;
  /** Returns the ids of the service's metrics, ascending. `service` is an id or a name. */
  ids(service: IdInput): readonly bigint[];
  /** Returns the ids of the metrics of every service, by the id of the service. */
  byService(): ReadonlyMap<bigint, readonly bigint[]>;
}

/**
 * Finds registered metrics by kind, service and id. It replaces the six lookups, six lists of ids and six
 * maps in OysterPack's package. A vector is a metric with labels.
 */
export interface Catalogue {
  readonly counters: CatalogueSection<"counter">;
  readonly counterVectors: CatalogueSection<"counter">;
  readonly gauges: CatalogueSection<GaugeKind>;
  readonly gaugeVectors: CatalogueSection<GaugeKind>;
  readonly histograms: CatalogueSection<HistogramKind>;
  readonly histogramVectors: CatalogueSection<HistogramKind>;
}

type GaugeKind = "gauge" | "upDownCounter" | "state";
type HistogramKind = "histogram" | "exponentialHistogram" | "distribution";

/** The spec of a metric of one of these kinds. Its `kind` says which. */
type SpecOf<K extends MetricKind> = { [One in K]: MetricSpec<One> }[K];

/** Creates a catalogue. Each lookup calls `metrics`. */
export function catalogueOf(metrics: () => Iterable<Metric>): Catalogue {
  const section = <K extends MetricKind>(
    kinds: readonly K[],
    isVector: boolean,
  ): CatalogueSection<K> => {
    const isOfKind = (spec: MetricSpec): spec is SpecOf<K> =>
      kinds.some((kind) => kind === spec.kind);
    const specs = (): SpecOf<K>[] =>
      Array.from(metrics(), ({ spec }): MetricSpec => spec)
        .filter(isOfKind)
        .filter((spec) => spec.labels.length > 0 === isVector);
    const byService = (): Map<bigint, readonly bigint[]> => {
      const groups = Map.groupBy(specs(), (spec) => spec.service.id);
      return new Map(Array.from(groups, ([service, group]) => [service, idsOf(group)]));
    };
    return {
      get(service, metric) {
        const isService = matcher("service", service);
        const isMetric = matcher("metric", metric);
        return specs().find((spec) => isService(spec.service) && isMetric(spec));
      },
      ids(service) {
        const isService = matcher("service", service);
        return idsOf(specs().filter((spec) => isService(spec.service)));
      },
      byService,
    };
  };
  const gauges = ["gauge", "upDownCounter", "state"] as const;
  const histograms = ["histogram", "exponentialHistogram", "distribution"] as const;
  return {
    counters: section(["counter"], false),
    counterVectors: section(["counter"], true),
    gauges: section(gauges, false),
    gaugeVectors: section(gauges, true),
    histograms: section(histograms, false),
    histogramVectors: section(histograms, true),
  };
}

/** Returns a function that checks for the id or the name. */
function matcher(
  option: string,
  wanted: IdInput,
): (one: { readonly id: bigint; readonly name: string }) => boolean {
  if (typeof wanted === "string" && /^[A-Za-z]/.test(wanted)) return ({ name }) => name === wanted;
  const wantedId = parseId(option, wanted);
  return ({ id }) => id === wantedId;
}

function idsOf(specs: readonly MetricSpec[]): bigint[] {
  // Sort by value, not as texts.
  return specs.map(({ id }) => id).toSorted((a, b) => (a < b ? -1 : Number(a > b)));
}
