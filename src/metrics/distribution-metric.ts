import type { Attributes } from "@opentelemetry/api";
import { type Accumulator, accumulatorOf } from "./accumulate/accumulator.ts";
import { ExplicitHistogram } from "./accumulate/explicit.ts";
import type { BoundDistribution } from "./handles.ts";
import { MetricBase, type MetricCell, type MetricContext } from "./metric-base.ts";
import type { MetricSpec } from "./spec.ts";
import type { StreamAggregation } from "../sdk/views.ts";

/** A series of a distribution: its last value, and when it was set. */
export class DistributionCell implements MetricCell {
  readonly attributes: Attributes;
  /** When the value was set, in milliseconds since the Unix epoch. */
  createdAtMs = 0;
  taps: readonly Accumulator[] = [];
  isHidden = false;
  accumulator: ExplicitHistogram | undefined;

  constructor(attributes: Attributes) {
    this.attributes = attributes;
  }

  drop(): void {
    this.accumulator = undefined;
  }
}

/**
 * A distribution that is set as a whole. It is also the handle. OpenTelemetry has no instrument for it, so
 * only attached readers get it, as a histogram that restarts at each `set`.
 */
export class DistributionMetric extends MetricBase<"distribution", DistributionCell> {
  constructor(spec: MetricSpec<"distribution">, context: MetricContext) {
    super(spec, context, (attributes) => new DistributionCell(attributes));
  }

  set(values: Iterable<number>, labels?: object): void {
    const found = this.cell(labels);
    if (found === undefined) return;
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
    const cell = this.series.heirOf(found) ?? found;
    cell.accumulator = accumulator;
    cell.createdAtMs = this.birth(cell);
    this.series.restore(cell);
  }

  bind(labels?: object): BoundDistribution {
    return { set: (values) => this.set(values, labels) };
  }

  /** Does nothing: a distribution has no value before it is set. */
  begin(): void {
    // Nothing to do.
  }

  /**
   * Turns the metric on or off. Idempotent. While it is off it still takes values, because they describe a
   * current state.
   */
  turn(on: boolean): void {
    this.isOff = !on;
  }

  protected override seeded(_cell: DistributionCell, aggregation: StreamAggregation): Accumulator {
    // Views cannot change the aggregation of a distribution.
    return accumulatorOf(aggregation);
  }

  protected override tapsChanged(): void {
    // Nothing to do: no view adds an aggregation.
  }
}
