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

/** What one member has brought to a series. */
interface Part {
  /** What it had brought before it began anew. */
  base: unknown;
  last: PointLike;
  /** Whether its last report had the series. */
  present: boolean;
}

/**
 * One series over all members: of a sum or histogram that only grows, what each of them has brought,
 * those that are gone included, so that it never goes backward; of anything else, what there is now.
 */
export class Series {
  readonly attributes: Attributes;
  /** It began after that. */
  readonly start: HrTime;
  readonly #metric: MetricDataLike;
  readonly #grows: boolean;
  /** It stands for the series that there was no room for, which come and go. */
  readonly #isOverflow: boolean;
  readonly #parts = new Map<number, Part>();
  /** What members that are gone had brought, all in one. */
  #departed: unknown;
  #shown: unknown;

  constructor(metric: MetricDataLike, attributes: Attributes, start: HrTime) {
    this.attributes = attributes;
    this.start = start;
    this.#metric = metric;
    this.#grows = onlyGrows(metric);
    this.#isOverflow = attributes[OVERFLOW_ATTRIBUTE] === true;
  }

  /** A member reports this point. */
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
   * A member that lives has the series no more.
   * @returns whether nobody else has it, so that it ends
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
   * A member is gone; what it had brought stays.
   * @returns whether nothing is left
   */
  depart(member: number): boolean {
    const part = this.#parts.get(member);
    if (part === undefined) return false;
    this.#parts.delete(member);
    if (!this.#grows) return this.#parts.size === 0;
    this.#departed = added(this.#metric, this.#departed, this.#broughtBy(part));
    return false;
  }

  /** What all have brought, or of what goes up and down, what there is of it. */
  total(): unknown {
    let total = this.#departed;
    for (const part of this.#parts.values()) {
      total = added(this.#metric, total, this.#broughtBy(part));
    }
    if (this.#grows) this.#shown = total = notBackward(this.#metric, this.#shown, total);
    return total;
  }

  /** The last values of those members that are `wanted`, in the order of their numbers. */
  values(wanted: (member: number) => boolean): number[] {
    return Array.from(this.#parts)
      .filter(([member]) => wanted(member))
      .toSorted(([a], [b]) => a - b)
      .map(([, { last }]) => last.value as number);
  }

  /** Measurements that lead to traces, of all who have some. */
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

/** Sums of fractions depend on their order by the last digit; less than that is a counter's restart. */
const ROUNDING = 1e-9;

/** `total`, unless it lies behind what was shown because of rounding alone. */
function notBackward(metric: MetricDataLike, shown: unknown, total: unknown): unknown {
  if (shown === undefined) return total;
  if (typeof total === "number") return Math.max(shown as number, total);
  if (metric.dataPointType !== HISTOGRAM) return total;
  const [before, now] = [(shown as HistogramLike).sum, (total as HistogramLike).sum];
  if (before === undefined || now === undefined || !(now < before)) return total;
  return before - now > Math.abs(before) * ROUNDING ? total : { ...(total as object), sum: before };
}
