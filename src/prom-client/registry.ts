/**
 * The parts of a registry of `prom-client` or `@prometheus-io/client` that we use. The type is structural, so
 * we import neither package.
 */
export interface PromRegistry {
  /** Returns the metrics. Each has a method `get()`, which the types of the packages do not declare here. */
  getMetricsAsArray(): readonly object[];
}

/** The result of a metric's `get()`, after its `collect` callback. */
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
  /** Set if it is not the metric's name: `<name>_bucket`, `<name>_sum`, `<name>_count`. */
  readonly metricName?: string;
}

/** A metric of the registry. */
export interface PromMetric {
  readonly name: string;
  get(): Promise<unknown>;
}

/** Returns the registry's metrics, without those that cannot be read. */
export function metricsOf(registry: PromRegistry): PromMetric[] {
  return registry.getMetricsAsArray().filter(isMetric);
}

/**
 * Returns the labels that the registry adds to every series (`setDefaultLabels`). Both packages store them in
 * `_defaultLabels` and have no method to read them. Tested with prom-client 15.1 and client 0.16.
 */
export function defaultLabelsOf(registry: PromRegistry): Readonly<Record<string, unknown>> {
  // oxlint-disable-next-line no-underscore-dangle -- The name is theirs.
  const labels = (registry as { readonly _defaultLabels?: unknown })._defaultLabels;
  return typeof labels === "object" && labels !== null ? (labels as Record<string, unknown>) : {};
}

/** Reads a metric. Rejects if its callback fails or the result is invalid. */
export async function read(metric: PromMetric): Promise<PromReading> {
  const reading = (await metric.get()) as Partial<PromReading> | undefined;
  const { name, help, type, values } = reading ?? {};
  if (typeof name !== "string" || typeof type !== "string" || !Array.isArray(values)) {
    throw new TypeError(`${metric.name} returns no values`);
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
