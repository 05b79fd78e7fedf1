import type { HistogramReading } from "../../points/streams.ts";
import { digitsOf, writeNumber } from "../bytes/digits.ts";
import type { SeriesMemo } from "../memo.ts";

// The sum and the buckets of a histogram at the last scrape are kept beside the text of its lines, in
// `SeriesMemo.parts`: the sum, then the buckets. So only the counts that changed are written.

/** Stores the sum and the buckets that the lines show now. */
export function keepParts(
  memo: SeriesMemo,
  { sum, counts }: HistogramReading,
  buckets: number,
): void {
  const parts = (memo.parts ??= new Float64Array(1 + buckets));
  parts[0] = sum ?? Number.NaN;
  for (let index = 0; index < buckets; index++) parts[1 + index] = counts[index] ?? 0;
}

/** Whether the lines already show this sum and these buckets. */
export function isAsWritten({ parts }: SeriesMemo, { sum, counts }: HistogramReading): boolean {
  if (parts === undefined || parts[0] !== sum) return false;
  for (let index = 1; index < parts.length; index++) {
    if (parts[index] !== (counts[index - 1] ?? 0)) return false;
  }
  return true;
}

/** Returns the number of measurements in all buckets. */
export function totalOf({ counts }: HistogramReading, buckets: number): number {
  let total = 0;
  for (let index = 0; index < buckets; index++) total += counts[index] ?? 0;
  return total;
}

/**
 * Returns the length of the buckets' lines, or 0 if a count has another number of digits than before, or is
 * not a whole number below a billion.
 */
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

/**
 * Overwrites the counts that changed in the lines that begin at `start`. Call it only if
 * {@link bucketsLength} is not 0.
 */
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
