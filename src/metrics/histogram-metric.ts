import type { Attributes } from "@opentelemetry/api";
import type { DropReason, DropSink } from "./drops.ts";
import { findCell, type LabelArgs } from "./number-metric.ts";
import { Series } from "./series.ts";
import type { MetricSpec } from "./spec.ts";

/** One series of a histogram, found once and then only recorded to. */
export interface BoundHistogram {
  /** Records one measurement. */
  record(value: number): void;
}

/** Records a distribution. */
export interface Histogram<V> {
  /** Records one measurement in the series of `labels`. */
  record(value: number, ...labels: LabelArgs<V>): void;
  /** The series of these labels, for repeated use. Of a wrong label set: one that drops. */
  bind(...labels: LabelArgs<V>): BoundHistogram;
}

/** What takes a histogram's measurements while an SDK is there. */
export interface HistogramSink {
  record(value: number, attributes: Attributes): void;
}

/** The measurements that a histogram keeps until an SDK comes. */
const MAX_EARLY = 10_000;

/** A series of a histogram: what a bound handle is. */
export class HistogramCell {
  readonly attributes: Attributes;
  readonly #metric: HistogramMetric;

  constructor(metric: HistogramMetric, attributes: Attributes) {
    this.#metric = metric;
    this.attributes = attributes;
  }

  record(value: number): void {
    this.#metric.take(this, value);
  }
}

/** A histogram with its series; what the handle is. */
export class HistogramMetric {
  readonly spec: MetricSpec<"histogram">;
  readonly series: Series<HistogramCell>;
  readonly #drops: DropSink;
  #sink: HistogramSink | undefined;
  #early: { readonly cell: HistogramCell; readonly value: number }[] = [];

  constructor(spec: MetricSpec<"histogram">, drops: DropSink) {
    this.spec = spec;
    this.#drops = drops;
    this.series = new Series(
      spec.labels,
      spec.maxSeries,
      (attributes) => new HistogramCell(this, attributes),
    );
  }

  record(value: number, labels?: object): void {
    const cell = findCell(this.series, labels, this);
    if (cell !== undefined) this.take(cell, value);
  }

  bind(labels?: object): BoundHistogram {
    return (
      findCell(this.series, labels, this) ?? {
        record: (): void => this.drop("wrong_labels", labels),
      }
    );
  }

  /** Gives a measurement to the SDK's histogram, or keeps it until there is one. */
  take(cell: HistogramCell, value: number): void {
    if (typeof value !== "number" || value - value !== 0) this.drop("not_finite", value);
    else if (this.#sink !== undefined) this.#sink.record(value, cell.attributes);
    else if (this.#early.length < MAX_EARLY) this.#early.push({ cell, value });
    else this.drop("early_limit", MAX_EARLY);
  }

  /** From now on measurements go to `sink`; those kept so far go first. */
  connect(sink: HistogramSink): void {
    this.#sink = sink;
    const early = this.#early;
    this.#early = [];
    for (const { cell, value } of early) sink.record(value, cell.attributes);
  }

  /** From now on measurements are kept again. */
  disconnect(): void {
    this.#sink = undefined;
  }

  /** A histogram reports every series that it has. */
  isAbsent(): boolean {
    return false;
  }

  drop(reason: DropReason, detail: unknown): void {
    this.#drops.drop(this.spec, reason, detail);
  }
}
