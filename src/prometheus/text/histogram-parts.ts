import type { HistogramReading } from "../../points/streams.ts";
import { digitsOf, writeNumber } from "../bytes/digits.ts";
import type { SeriesMemo } from "../memo.ts";

// What the lines of a histogram said at the last scrape is kept beside their text (`SeriesMemo.parts`: the
// sum, then the buckets), so that only the counts that changed are written.

/** Keeps what the lines say. */
export function keepParts(
  memo: SeriesMemo,
  { sum, counts }: HistogramReading,
  buckets: number,
): void {
  const parts = (memo.parts ??= new Float64Array(1 + buckets));
  parts[0] = sum ?? Number.NaN;
  for (let index = 0; index < buckets; index++) parts[1 + index] = counts[index] ?? 0;
}

/** Whether sum and buckets are as the lines say. */
export function isAsWritten({ parts }: SeriesMemo, { sum, counts }: HistogramReading): boolean {
  if (parts === undefined || parts[0] !== sum) return false;
  for (let index = 1; index < parts.length; index++) {
    if (parts[index] !== (counts[index - 1] ?? 0)) return false;
  }
  return true;
}

/** How many values are in all buckets. */
export function totalOf({ counts }: HistogramReading, buckets: number): number {
  let total = 0;
  for (let index = 0; index < buckets; index++) total += counts[index] ?? 0;
  return total;
}

/** The length of the buckets' lines; 0 where a count has not as many digits as it had, or is no short whole number. */
export function bucketsLength(
  { prefix, parts }: SeriesMemo,
  { counts }: HistogramReading,
  tails: readonly Buffer[],
): number {
  if (parts === undefined || parts.length !== 1 + tails.length) return 0;
  let before = 0;
  let count = 0;
  let length = 0;
  for (let index = 0; index < tails.length; index++) {
    before += parts[1 + index]!;
    count += counts[index] ?? 0;
    const digits = digitsOf(count);
    if (digits === 0 || digits !== digitsOf(before)) return 0;
    length += prefix.length + tails[index]!.length + digits + 1;
  }
  return length;
}

/** Writes the counts that changed over those of the lines that begin at `start`; see {@link bucketsLength}. */
export function rewriteBuckets(
  bytes: Buffer,
  start: number,
  { prefix, parts }: SeriesMemo,
  { counts }: HistogramReading,
  tails: readonly Buffer[],
): void {
  let at = start;
  let before = 0;
  let count = 0;
  for (let index = 0; index < tails.length; index++) {
    before += parts![1 + index]!;
    count += counts[index] ?? 0;
    at += prefix.length + tails[index]!.length;
    if (count !== before) writeNumber(bytes, at, count);
    at += digitsOf(count) + 1;
  }
}
