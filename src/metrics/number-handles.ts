import { NumberMetric } from "./number-metric.ts";

/** The handle of a counter or up-down counter. */
export class SumMetric extends NumberMetric {
  add(amount: number, labels?: object): void {
    if (!this.isFrozen) this.cell(labels)?.add(amount);
  }
}

/** The handle of a gauge, and what the handle of a state writes to. */
export class GaugeMetric extends NumberMetric {
  set(value: number, labels?: object): void {
    this.cell(labels)?.set(value);
  }

  observe(read: () => number | undefined, labels?: object): void {
    const cell = this.cell(labels);
    if (cell !== undefined) this.observeCell(cell, read);
  }
}
