import type { Attributes, Meter } from "@opentelemetry/api";
import { withConstants } from "./constants.ts";
import type { NumberCell, NumberMetric } from "./number-metric.ts";
import type { SeriesWatcher } from "./series.ts";

type Tell = (value: number, attributes: Attributes) => void;

/**
 * Tells an SDK's synchronous instrument what a metric's series came to: of a sum what was added since the
 * last time, of a gauge the value. The SDK forgets no series: a removed one stays, a state's with 0.
 */
export class NumberFeed implements SeriesWatcher<NumberCell> {
  readonly #metric: NumberMetric;
  /** What instruments were told. */
  readonly #told = new WeakMap<NumberCell, number>();
  #tell: Tell | undefined;
  #unwatch: (() => void) | undefined;

  constructor(metric: NumberMetric) {
    this.#metric = metric;
  }

  /** Makes the instrument. */
  open(meter: Meter, name: string, constants: Attributes | undefined): void {
    const tell = instrumentOf(this.#metric, meter, name);
    this.#tell = (value, attributes) => tell(value, withConstants(attributes, constants));
    this.#unwatch = this.#metric.series.watch(this);
  }

  /** Tells the instrument no more. */
  close(): void {
    this.#tell = undefined;
    this.#unwatch?.();
  }

  /** Tells the instrument what is new. */
  tell(): void {
    if (this.#tell === undefined) return;
    this.#metric.readObserved();
    const cells = this.#metric.series.cells();
    // Under a view that joins gauges the one counts that was set last.
    const inOrder = this.#isSum ? cells : [...cells].toSorted((a, b) => a.order - b.order);
    for (const cell of inOrder) this.#tellOf(cell);
  }

  added(): void {
    // Told of with the others.
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
