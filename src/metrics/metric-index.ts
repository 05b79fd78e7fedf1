import { keepVerbatim } from "../points/verbatim.ts";
import { VERSION } from "../shared/version.ts";
import type { Form } from "./form.ts";
import { KnownSpecs } from "./known-specs.ts";
import type { Metric } from "./metric.ts";
import { type MetricSpec, sameSpec, specKey } from "./spec.ts";

/** Finds the metrics of a registry by ids and names, and remembers those that are gone. */
export class MetricIndex {
  readonly #form: Form;
  readonly #known: KnownSpecs;
  readonly #byId = new Map<string, Metric>();
  /** By Meter and name, as specified and as exported. */
  readonly #byName = new Map<string, Metric>();
  readonly #gone = new Set<string>();
  /** Until when readers were told of metrics that are gone. */
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

  /** The metric of this very spec. */
  of(spec: MetricSpec): Metric | undefined {
    const known = this.#byId.get(specKey(spec));
    return known !== undefined && sameSpec(known.spec, spec) ? known : undefined;
  }

  /**
   * Takes a new spec in, whose metric {@link add} brings.
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

  /** @returns the metric with the spec's ids, which was there until now */
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

  /** Readers were told of the deleted metric until then: its next life begins after that. */
  noteTold(spec: MetricSpec, untilMs: number): void {
    this.#toldUntil.set(specKey(spec), untilMs);
  }

  /** Until when readers were told of a former life of the metric; undefined where there was none. */
  toldUntilMs(spec: MetricSpec): number | undefined {
    return this.#toldUntil.get(specKey(spec));
  }

  /** The metric of this name; undefined where there is none, or where several services have one. */
  named(name: string, service?: string): Metric | undefined {
    const found = [...this.all()].filter(
      ({ spec }) => spec.name === name && (service ?? spec.service.name) === spec.service.name,
    );
    return found.length === 1 ? found[0] : undefined;
  }

  /** The metric with this Meter name and name, as specified or as exported, unless it is off. */
  find(meterName: string, name: string): Metric | undefined {
    const metric = this.#byName.get(nameKey(meterName, name));
    return metric?.isOff ? undefined : metric;
  }

  /** Whether the metric with this Meter name and name was deleted, or is off. */
  isGone(meterName: string, name: string): boolean {
    const key = nameKey(meterName, name);
    return this.#gone.has(key) || this.#byName.get(key)?.isOff === true;
  }

  /** Whether a Meter is that of one of the metrics, or of one that is gone. */
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
