import type { Attributes, HrTime } from "@opentelemetry/api";
import type { ExponentialReading, HistogramReading, SeriesReading } from "../../points/streams.ts";
import { hrTimeOf } from "../../points/time.ts";
import type { Exemplar, PointLike } from "../../points/types.ts";
import type { PointValue } from "../accumulate/accumulator.ts";
import type { MetricCell } from "../metric-base.ts";

/** A value and when the span of time began that it is of. */
export interface LastValue {
  readonly startMs: number;
  readonly value: PointValue;
}

/**
 * One series of one stream: what one cell holds, or what several hold together. What a removed cell of
 * several had counted stays in what only grows.
 */
export abstract class StreamSeries<C extends MetricCell> implements SeriesReading {
  readonly attributes: Attributes;
  /** Its cell, unless there are several. */
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

  /** Whether no cell is in it. */
  get isEmpty(): boolean {
    return this.only === undefined && this.cells === undefined;
  }

  /** Whether readers are not to see it now: all that is in it is hidden. */
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

  /** @returns what it came to and was not told, where this was its last cell */
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

  /** The point of this collection; undefined where there is nothing to tell. */
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

  /** Nothing refers to it any more. */
  abstract close(): void;

  /** What was not told of what it holds. */
  protected abstract lastValue(): LastValue | undefined;

  /** Keeps what a cell that goes has brought, where it stays. */
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

  /** When the span ends that began with the series, or at its last telling: the clock may have gone back. */
  protected endTime(nowMs: number, now: HrTime): HrTime {
    return nowMs >= this.#startMs ? now : this.startTime;
  }
}
