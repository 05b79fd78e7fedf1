import type { Attributes, Meter } from "@opentelemetry/api";
import { withConstants } from "./constants.ts";
import type { NumberCell, NumberMetric } from "./number-metric.ts";
import type { SeriesWatcher } from "./series.ts";

type Tell = (value: number, attributes: Attributes) => void;

/**
 * Passes a metric's values to an SDK's synchronous instrument: for a sum the change since the last time, for
 * a gauge the value. The SDK never forgets a series: a removed one stays, and a removed state becomes 0.
 */
export class NumberFeed implements SeriesWatcher<NumberCell> {
  readonly #metric: NumberMetric;
  /** The last value that the instrument got, for each cell. */
  readonly #told = new WeakMap<NumberCell, number>();
  #tell: Tell | undefined;
  #unwatch: (() => void) | undefined;

  constructor(metric: NumberMetric) {
    this.#metric = metric;
  }

  /** Creates the instrument. */
  open(meter: Meter, name: string, constants: Attributes | undefined): void {
    const tell = instrumentOf(this.#metric, meter, name);
    this.#tell = (value, attributes) => tell(value, withConstants(attributes, constants));
    this.#unwatch = this.#metric.series.watch(this);
  }

  /** Stops passing values. */
  close(): void {
    this.#tell = undefined;
    this.#unwatch?.();
  }

  /** Passes new values to the instrument. */
  tell(): void {
    if (this.#tell === undefined) return;
    this.#metric.readObserved();
    const cells = this.#metric.series.cells();
    // If a view merges series of a gauge, the one that was set last must win.
    const inOrder = this.#isSum ? cells : [...cells].toSorted((a, b) => a.order - b.order);
    for (const cell of inOrder) this.#tellOf(cell);
  }

  added(): void {
    // Nothing to do: `tell` reads all cells.
  }

  removing(cell: NumberCell): void {
    if (this.#isSum) this.#tellOf(cell);
    else if (this.#metric.spec.kind === "state" && this.#told.has(cell)) {
      this.#tell?.(0, cell.attributes);
    }
    this.#told.delete(cell);
  }

  get #isSum(): boolean {
    const { kind } = this.#metric.spec;
    return kind === "counter" || kind === "upDownCounter";
  }

  #tellOf(cell: NumberCell): void {
    const { value, attributes } = cell;
    if (Number.isNaN(value) || cell.isHidden) return;
    const told = this.#told.get(cell);
    this.#told.set(cell, value);
    if (!this.#isSum) this.#tell?.(value, attributes);
    else if (told !== value) this.#tell?.(value - (told ?? 0), attributes);
  }
}

function instrumentOf(metric: NumberMetric, meter: Meter, name: string): Tell {
  const { kind, help, unit } = metric.spec;
  const options = { description: help, unit };
  switch (kind) {
    case "counter": {
      const counter = meter.createCounter(name, options);
      return (value, attributes) => counter.add(value, attributes);
    }
    case "upDownCounter": {
      const counter = meter.createUpDownCounter(name, options);
      return (value, attributes) => counter.add(value, attributes);
    }
    case "gauge":
    case "state": {
      const gauge = meter.createGauge(name, options);
      return (value, attributes) => gauge.record(value, attributes);
    }
  }
}
