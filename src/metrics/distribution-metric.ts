import type { Attributes } from "@opentelemetry/api";
import { ExplicitHistogram } from "./accumulate/explicit.ts";
import type { DropReason, DropSink } from "./drops.ts";
import { findCell } from "./find-cell.ts";
import type { BoundDistribution } from "./handles.ts";
import { clearSeries, removeSeries } from "./removal.ts";
import { type Cell, Series } from "./series.ts";
import type { MetricSpec } from "./spec.ts";

/** A series of a distribution: what it was last set to, and when. */
export class DistributionCell implements Cell {
  readonly attributes: Attributes;
  /** When it was set, in milliseconds since the Unix epoch. */
  createdAtMs = 0;
  accumulator: ExplicitHistogram | undefined;

  constructor(attributes: Attributes) {
    this.attributes = attributes;
  }

  /** Forgets what it held: the series was removed. */
  drop(): void {
    this.accumulator = undefined;
  }
}

/**
 * A distribution that is set as a whole; what the handle is. OpenTelemetry has no instrument for it, so
 * a producer of ours reports it: as a histogram that starts anew at each `set`.
 */
export class DistributionMetric {
  readonly spec: MetricSpec<"distribution">;
  readonly series: Series<DistributionCell>;
  readonly isOwn = true;
  hasRemoved = false;
  /** Whether no reader sees it. It goes on: it says how things stand. */
  isOff = false;
  readonly #drops: DropSink;

  constructor(spec: MetricSpec<"distribution">, drops: DropSink) {
    this.spec = spec;
    this.#drops = drops;
    this.series = new Series(
      spec.labels,
      spec.maxSeries,
      (attributes) => new DistributionCell(attributes),
    );
  }

  set(values: Iterable<number>, labels?: object): void {
    const cell = findCell(this.series, labels, this);
    if (cell === undefined) return;
    const accumulator = new ExplicitHistogram(this.spec.buckets);
    try {
      for (const value of values) {
        if (typeof value === "number" && value - value === 0) accumulator.record(value);
        else this.drop("not_finite", value);
      }
    } catch (error) {
      this.drop("failed", error);
      return;
    }
    cell.accumulator = accumulator;
    cell.createdAtMs = Date.now();
    this.series.restore(cell);
  }

  bind(labels?: object): BoundDistribution {
    return { set: (values) => this.set(values, labels) };
  }

  remove(labels?: object): boolean {
    this.hasRemoved = true;
    return removeSeries(this.series, labels, true);
  }

  hide(labels?: object): boolean {
    this.hasRemoved = true;
    return this.series.setHidden((labels ?? {}) as Cell["attributes"], true);
  }

  show(labels?: object): boolean {
    return this.series.setHidden((labels ?? {}) as Cell["attributes"], false);
  }

  clear(): void {
    this.hasRemoved = true;
    clearSeries(this.series, true);
  }

  /** Turns it on or off. Idempotent. */
  turn(on: boolean): void {
    this.isOff = !on;
  }

  /** Whether a collection must not report this series. */
  isAbsent(attributes: Attributes): boolean {
    return this.series.peek(attributes)?.accumulator === undefined;
  }

  drop(reason: DropReason, detail: unknown): void {
    this.#drops.drop(this.spec, reason, detail);
  }
}
