import type { Attributes, HrTime } from "@opentelemetry/api";
import { OVERFLOW_ATTRIBUTE } from "../../points/overflow.ts";
import { valueSince } from "../../points/value.ts";
import {
  type Exemplar,
  HISTOGRAM,
  type HistogramLike,
  type MetricDataLike,
  type PointLike,
} from "../../points/types.ts";
import { added, onlyGrows, sizeOf } from "./combine.ts";

/** One member's part of a series. */
interface Part {
  /** The value from before the member's series was restarted. */
  base: unknown;
  last: PointLike;
  /** Whether the member's last report contains the series. */
  present: boolean;
}

/**
 * One series over all members. A monotonic sum or histogram includes the values of ended members, so that it
 * never decreases. Other metrics only have the current values.
 */
export class Series {
  readonly attributes: Attributes;
  /** The start time of the series. */
  readonly start: HrTime;
  readonly #metric: MetricDataLike;
  readonly #grows: boolean;
  /** Whether it is the overflow series, whose underlying series change. */
  readonly #isOverflow: boolean;
  readonly #parts = new Map<number, Part>();
  /** The sum of the values of ended members. */
  #departed: unknown;
  #shown: unknown;

  constructor(metric: MetricDataLike, attributes: Attributes, start: HrTime) {
    this.attributes = attributes;
    this.start = start;
    this.#metric = metric;
    this.#grows = onlyGrows(metric);
    this.#isOverflow = attributes[OVERFLOW_ATTRIBUTE] === true;
  }

  /** Sets the point that a member reports. */
  put(member: number, point: PointLike): void {
    const part = this.#parts.get(member);
    if (part === undefined) {
      this.#parts.set(member, { base: undefined, last: point, present: true });
      return;
    }
    part.present = true;
    if (this.#grows && this.#isOverflow) {
      if (sizeOf(this.#metric, point.value) > sizeOf(this.#metric, part.last.value))
        part.last = point;
      return;
    }
    if (this.#grows && valueSince(this.#metric, point, part.last) === undefined) {
      part.base = added(this.#metric, part.base, part.last.value);
    }
    part.last = point;
  }

  /**
   * Removes the series of a live member.
   * @returns whether no other member has the series, so that it ends
   */
  remove(member: number): boolean {
    const part = this.#parts.get(member);
    if (part === undefined) return false;
    if (!this.#grows) {
      this.#parts.delete(member);
      return this.#parts.size === 0;
    }
    if (!part.present) return false;
    part.present = false;
    return ![...this.#parts.values()].some(({ present }) => present);
  }

  /**
   * Removes an ended member. A monotonic value stays.
   * @returns whether the series has no value left
   */
  depart(member: number): boolean {
    const part = this.#parts.get(member);
    if (part === undefined) return false;
    this.#parts.delete(member);
    if (!this.#grows) return this.#parts.size === 0;
    this.#departed = added(this.#metric, this.#departed, this.#broughtBy(part));
    return false;
  }

  /** Returns the total of all members. */
  total(): unknown {
    let total = this.#departed;
    for (const part of this.#parts.values()) {
      total = added(this.#metric, total, this.#broughtBy(part));
    }
    if (this.#grows) this.#shown = total = notBackward(this.#metric, this.#shown, total);
    return total;
  }

  /** Returns the last values of the `wanted` members, ordered by index. */
  values(wanted: (member: number) => boolean): number[] {
    return Array.from(this.#parts)
      .filter(([member]) => wanted(member))
      .toSorted(([a], [b]) => a - b)
      .map(([, { last }]) => last.value as number);
  }

  /** Returns the exemplars of all members. */
  exemplars(): Exemplar[] {
    const all: Exemplar[] = [];
    for (const { last } of this.#parts.values()) {
      if (last.exemplars !== undefined) all.push(...last.exemplars);
    }
    return all;
  }

  #broughtBy({ base, last }: Part): unknown {
    return added(this.#metric, base, last.value);
  }
}

/**
 * The last digit of a sum of fractions depends on the order. A larger decrease is the restart of a counter.
 */
const ROUNDING = 1e-9;

/** Returns `total`, or the value shown before if `total` is smaller only because of rounding. */
function notBackward(metric: MetricDataLike, shown: unknown, total: unknown): unknown {
  if (shown === undefined) return total;
  if (typeof total === "number") return Math.max(shown as number, total);
  if (metric.dataPointType !== HISTOGRAM) return total;
  const [before, now] = [(shown as HistogramLike).sum, (total as HistogramLike).sum];
  if (before === undefined || now === undefined || !(now < before)) return total;
  return before - now > Math.abs(before) * ROUNDING ? total : { ...(total as object), sum: before };
}
