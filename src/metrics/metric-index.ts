import { keepVerbatim } from "../points/verbatim.ts";
import { VERSION } from "../shared/version.ts";
import type { Form } from "./form.ts";
import { KnownSpecs } from "./known-specs.ts";
import type { Metric } from "./metric.ts";
import { type MetricSpec, sameSpec, specKey } from "./spec.ts";

/** Finds the metrics of a registry by id and name, and remembers deleted ones. */
export class MetricIndex {
  readonly #form: Form;
  readonly #known: KnownSpecs;
  readonly #byId = new Map<string, Metric>();
  /** The metrics by Meter and name. The name is the spec's or the exported one. */
  readonly #byName = new Map<string, Metric>();
  readonly #gone = new Set<string>();
  /** The latest end time of the exported points of deleted metrics. */
  readonly #toldUntil = new Map<string, number>();
  /** The names of the Meters. */
  readonly #meters = new Set<string>();

  constructor(form: Form) {
    this.#form = form;
    this.#known = new KnownSpecs(form);
  }

  /** All metrics, in the order in which they were added. */
  all(): IterableIterator<Metric> {
    return this.#byId.values();
  }

  /** Returns the metric with exactly this spec. */
  of(spec: MetricSpec): Metric | undefined {
    const known = this.#byId.get(specKey(spec));
    return known !== undefined && sameSpec(known.spec, spec) ? known : undefined;
  }

  /**
   * Checks and reserves a new spec. Call {@link add} with its metric after that.
   * @throws MetricConflictError `ERR_TASKMON_METRIC_CONFLICT`
   */
  admit(spec: MetricSpec): void {
    this.#known.add(spec);
  }

  add(metric: Metric): void {
    const { spec } = metric;
    this.#byId.set(specKey(spec), metric);
    this.#meters.add(spec.service.name);
    if (this.#form.isVerbatim) keepVerbatim(spec.service.name, this.#form.nameOf(spec));
    for (const key of this.#namesOf(spec)) {
      this.#byName.set(key, metric);
      this.#gone.delete(key);
    }
  }

  /**
   * Deletes the metric with the spec's ids.
   * @returns the deleted metric
   */
  delete(spec: MetricSpec): Metric | undefined {
    const metric = this.#byId.get(specKey(spec));
    if (metric === undefined) return undefined;
    this.#byId.delete(specKey(spec));
    this.#known.delete(metric.spec);
    for (const key of this.#namesOf(metric.spec)) {
      this.#byName.delete(key);
      this.#gone.add(key);
    }
    return metric;
  }

  /**
   * Stores the latest end time of the deleted metric's exported points. If it is registered again, it starts
   * after that.
   */
  noteTold(spec: MetricSpec, untilMs: number): void {
    this.#toldUntil.set(specKey(spec), untilMs);
  }

  /**
   * Returns the latest end time of the exported points of a deleted metric with the same ids, or undefined.
   */
  toldUntilMs(spec: MetricSpec): number | undefined {
    return this.#toldUntil.get(specKey(spec));
  }

  /** Returns the metric with this name, or undefined if there is none or several services have one. */
  named(name: string, service?: string): Metric | undefined {
    const found = [...this.all()].filter(
      ({ spec }) => spec.name === name && (service ?? spec.service.name) === spec.service.name,
    );
    return found.length === 1 ? found[0] : undefined;
  }

  /**
   * Returns the metric with this Meter and name, unless it is off. The name is the spec's or the exported
   * one.
   */
  find(meterName: string, name: string): Metric | undefined {
    const metric = this.#byName.get(nameKey(meterName, name));
    return metric?.isOff ? undefined : metric;
  }

  /** Whether the metric with this Meter and name was deleted or is off. */
  isGone(meterName: string, name: string): boolean {
    const key = nameKey(meterName, name);
    return this.#gone.has(key) || this.#byName.get(key)?.isOff === true;
  }

  /** Whether a Meter belongs to one of the metrics, or to a deleted one. */
  ownsMeter({ name, version }: { readonly name: string; readonly version?: string }): boolean {
    return version === VERSION && this.#meters.has(name);
  }

  #namesOf(spec: MetricSpec): string[] {
    return [spec.name, this.#form.nameOf(spec)].map((name) => nameKey(spec.service.name, name));
  }
}

function nameKey(meterName: string, name: string): string {
  // OpenTelemetry's instrument names are case-insensitive.
  return `${meterName}\n${name.toLowerCase()}`;
}
