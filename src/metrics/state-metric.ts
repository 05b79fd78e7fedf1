import type { BoundState } from "./handles.ts";
import type { GaugeMetric } from "./number-handles.ts";

/**
 * The handle of a state: for each label set one series with the value 1, which has the state in an additional
 * label. The series of the previous state is removed.
 */
export class StateMetric {
  readonly numbers: GaugeMetric;
  readonly #stateKey: string;
  /** The labels of the current series, by a key of the labels without the state. */
  readonly #current = new Map<string, Readonly<Record<string, unknown>>>();

  constructor(numbers: GaugeMetric) {
    this.numbers = numbers;
    this.#stateKey = numbers.spec.labels.at(-1)!.key;
  }

  set(value: string | boolean, labels: object = {}): void {
    const series = { ...labels, [this.#stateKey]: typeof value === "boolean" ? `${value}` : value };
    const cell = this.numbers.cell(series);
    if (cell === undefined) return;
    cell.set(1);
    // The overflow series is shared by many label sets, so it has no current state.
    if (cell === this.numbers.series.overflow) return;
    const key = this.#keyOf(labels);
    const before = this.#current.get(key);
    if (before !== undefined && before[this.#stateKey] !== series[this.#stateKey]) {
      this.numbers.remove(before);
    }
    this.#current.set(key, series);
  }

  bind(labels?: object): BoundState {
    return { set: (value) => this.set(value, labels) };
  }

  remove(labels: object = {}): boolean {
    const key = this.#keyOf(labels);
    const before = this.#current.get(key);
    return before !== undefined && this.#current.delete(key) && this.numbers.remove(before);
  }

  hide(labels: object = {}): boolean {
    const series = this.#current.get(this.#keyOf(labels));
    return series !== undefined && this.numbers.hide(series);
  }

  show(labels: object = {}): boolean {
    const series = this.#current.get(this.#keyOf(labels));
    return series !== undefined && this.numbers.show(series);
  }

  clear(): void {
    this.#current.clear();
    this.numbers.clear();
  }

  #keyOf(labels: object): string {
    const values = labels as Readonly<Record<string, unknown>>;
    return JSON.stringify(
      this.numbers.spec.labels.slice(0, -1).map(({ key }) => values[key] ?? null),
    );
  }
}
