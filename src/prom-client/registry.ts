/**
 * A registry of `prom-client` or `@prometheus-io/client`, structurally: what is used of it. Nothing of
 * either package is imported.
 */
export interface PromRegistry {
  /** The metrics; each has a method `get()`, of which the packages' types say nothing here. */
  getMetricsAsArray(): readonly object[];
}

/** One metric, as its `get()` gives it, after its `collect` callback. */
export interface PromReading {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly values: readonly PromValue[];
}

/** One sample. */
export interface PromValue {
  readonly value: number;
  readonly labels?: Readonly<Record<string, unknown>>;
  /** Where it is not the metric's: `<name>_bucket`, `<name>_sum`, `<name>_count`. */
  readonly metricName?: string;
}

/** A metric of the registry. */
export interface PromMetric {
  readonly name: string;
  get(): Promise<unknown>;
}

/** The registry's metrics; what cannot be read is left out. */
export function metricsOf(registry: PromRegistry): PromMetric[] {
  return registry.getMetricsAsArray().filter(isMetric);
}

/**
 * The labels that the registry adds to every series (`setDefaultLabels`). Both packages keep them in
 * `_defaultLabels` and have no method that reads them: tested with prom-client 15.1 and client 0.16.
 */
export function defaultLabelsOf(registry: PromRegistry): Readonly<Record<string, unknown>> {
  // oxlint-disable-next-line no-underscore-dangle -- The name is theirs.
  const labels = (registry as { readonly _defaultLabels?: unknown })._defaultLabels;
  return typeof labels === "object" && labels !== null ? (labels as Record<string, unknown>) : {};
}

/** What a metric says now. Rejects where its callback fails, or gives what no version gives. */
export async function read(metric: PromMetric): Promise<PromReading> {
  const reading = (await metric.get()) as Partial<PromReading> | undefined;
  const { name, help, type, values } = reading ?? {};
  if (typeof name !== "string" || typeof type !== "string" || !Array.isArray(values)) {
    throw new TypeError(`${metric.name} gives no values`);
  }
  return { name, type, values, help: typeof help === "string" ? help : "" };
}

function isMetric(value: object): value is PromMetric {
  return (
    "get" in value &&
    typeof value.get === "function" &&
    "name" in value &&
    typeof value.name === "string"
  );
}
