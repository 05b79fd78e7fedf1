import type { Attributes, HrTime } from "@opentelemetry/api";
import type { ExponentialReading, HistogramReading, SeriesReading } from "../../points/streams.ts";
import { hrTimeOf } from "../../points/time.ts";
import type { Exemplar, PointLike } from "../../points/types.ts";
import type { PointValue } from "../accumulate/accumulator.ts";
import type { MetricCell } from "../metric-base.ts";

/** A value, and the start of its time span. */
export interface LastValue {
  readonly startMs: number;
  readonly value: PointValue;
}

/**
 * One series of one stream: the value of one cell, or the merged value of several. If one of several cells is
 * removed, a monotonic sum keeps its value.
 */
export abstract class StreamSeries<C extends MetricCell> implements SeriesReading {
  readonly attributes: Attributes;
  /** The cell, unless there are several. */
  protected only: C | undefined;
  protected cells: Set<C> | undefined;
  #startMs = 0;
  #startTime: HrTime | undefined;

  constructor(attributes: Attributes) {
    this.attributes = attributes;
  }

  get startMs(): number {
    return this.#startMs;
  }

  /** Whether the series has no cell. */
  get isEmpty(): boolean {
    return this.only === undefined && this.cells === undefined;
  }

  /** Whether readers must not see the series now, because all its cells are hidden. */
  get isHidden(): boolean {
    if (this.only !== undefined) return this.only.isHidden;
    return this.cells !== undefined && [...this.cells].every(({ isHidden }) => isHidden);
  }

  get exemplar(): Exemplar | undefined {
    return undefined;
  }

  join(cell: C): void {
    if (this.isEmpty) this.beginAt(cell.createdAtMs);
    if (this.isEmpty) this.only = cell;
    else if (this.cells === undefined) {
      this.cells = new Set([this.only!, cell]);
      this.only = undefined;
    } else this.cells.add(cell);
  }

  /**
   * Removes a cell.
   * @returns the value that was not exported yet, if this was the last cell
   */
  leave(cell: C): LastValue | undefined {
    const last = this.cells === undefined ? this.lastValue() : undefined;
    if (this.cells === undefined) {
      this.only = undefined;
      return last;
    }
    this.keep(cell);
    this.cells.delete(cell);
    if (this.cells.size > 1) return undefined;
    this.only = [...this.cells][0];
    this.cells = undefined;
    return undefined;
  }

  /** Returns the point of this collection, or undefined if there is nothing to export. */
  abstract point(nowMs: number, now: HrTime): PointLike | undefined;

  number(): number | undefined {
    return undefined;
  }

  histogram(): HistogramReading | undefined {
    return undefined;
  }

  exponential(): ExponentialReading | undefined {
    return undefined;
  }

  /** Releases the series' resources. */
  abstract close(): void;

  /** Returns the value that was not exported yet. */
  protected abstract lastValue(): LastValue | undefined;

  /** Keeps the value of a removed cell, if the series is monotonic. */
  protected abstract keep(cell: C): void;

  protected get members(): Iterable<C> {
    if (this.cells !== undefined) return this.cells;
    return this.only === undefined ? [] : [this.only];
  }

  protected beginAt(ms: number): void {
    this.#startMs = ms;
    this.#startTime = undefined;
  }

  protected get startTime(): HrTime {
    return (this.#startTime ??= hrTimeOf(this.#startMs));
  }

  /** Returns the end time of a point. It is never before the start time, even if the clock was set back. */
  protected endTime(nowMs: number, now: HrTime): HrTime {
    return nowMs >= this.#startMs ? now : this.startTime;
  }
}
