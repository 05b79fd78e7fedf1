import type { Counter, Gauge, Histogram, UpDownCounter } from "../../metrics/handles.ts";
import type { LabelValue } from "../../metrics/labels.ts";

/** Label values whose keys are known only at run time. */
export type Labels = Readonly<Record<string, LabelValue>>;

/** A handle whose labels are known only at run time. */
export type AnyCounter = Counter<Labels>;
export type AnyGauge = Gauge<Labels>;
export type AnyHistogram = Histogram<Labels>;
export type AnyUpDownCounter = UpDownCounter<Labels>;
type AnyHandle = AnyCounter | AnyGauge | AnyHistogram | AnyUpDownCounter;

interface Bound {
  readonly handle: AnyHandle;
  readonly labels: Labels;
  readonly cell: {
    add?(value: number): void;
    set?(value: number): void;
    record?(value: number): void;
  };
}

/** Every series of one target: made at first use, and hidden, shown and removed together. */
export class TargetSeries {
  /** The common labels of all series. */
  readonly #labels: Labels;
  readonly #bound = new Map<AnyHandle, Map<string, Bound>>();
  #hidden: boolean;

  constructor(labels: Labels, hidden: boolean) {
    this.#labels = labels;
    this.#hidden = hidden;
  }

  /** Whether there is no series yet. */
  get isEmpty(): boolean {
    return this.#bound.size === 0;
  }

  add(counter: AnyCounter | AnyUpDownCounter, amount: number, labels?: Labels): void {
    this.#find(counter, labels).cell.add!(amount);
  }

  set(gauge: AnyGauge, value: number, labels?: Labels): void {
    this.#find(gauge, labels).cell.set!(value);
  }

  record(histogram: AnyHistogram, value: number, labels?: Labels): void {
    this.#find(histogram, labels).cell.record!(value);
  }

  /** Hides the series from every reader; they still count. Idempotent. */
  hide(): void {
    this.#hidden = true;
    for (const { handle, labels } of this.#all()) handle.hide(labels);
  }

  /** Shows the series again. Idempotent. */
  show(): void {
    this.#hidden = false;
    for (const { handle, labels } of this.#all()) handle.show(labels);
  }

  /** Removes the series and their values. */
  remove(): void {
    for (const { handle, labels } of this.#all()) handle.remove(labels);
    this.#bound.clear();
  }

  #find(handle: AnyHandle, labels: Labels | undefined): Bound {
    let byLabels = this.#bound.get(handle);
    if (byLabels === undefined) this.#bound.set(handle, (byLabels = new Map()));
    const key = keyOf(labels);
    let bound = byLabels.get(key);
    if (bound === undefined) byLabels.set(key, (bound = this.#bind(handle, labels)));
    return bound;
  }

  #bind(handle: AnyHandle, extra: Labels | undefined): Bound {
    const labels = extra === undefined ? this.#labels : { ...extra, ...this.#labels };
    const cell = handle.bind(labels);
    if (this.#hidden) handle.hide(labels);
    return { handle, labels, cell };
  }

  *#all(): Iterable<Bound> {
    for (const byLabels of this.#bound.values()) yield* byLabels.values();
  }
}

/** A key for label values in their order. */
function keyOf(labels: Labels | undefined): string {
  if (labels === undefined) return "";
  const values = Object.values(labels);
  return values.length === 1 ? `${values[0]}` : JSON.stringify(values);
}
