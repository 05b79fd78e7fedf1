import type { Exemplar } from "./types.ts";

/** Returns the latest exemplar, or undefined if there is none. */
export function latestExemplar(exemplars: readonly Exemplar[] | undefined): Exemplar | undefined {
  if (exemplars === undefined || exemplars.length === 0) return undefined;
  return exemplars.reduce((latest, one) => (one.timeMs > latest.timeMs ? one : latest));
}

/** Returns the latest exemplar of each bucket of a histogram, or undefined if no bucket has one. */
export function bucketExemplars(
  boundaries: readonly number[],
  exemplars: readonly Exemplar[] | undefined,
): (Exemplar | undefined)[] | undefined {
  if (exemplars === undefined || exemplars.length === 0) return undefined;
  const byBucket: (Exemplar | undefined)[] = [];
  for (const one of exemplars) {
    const index = boundaries.findIndex((bound) => one.value <= bound);
    const bucket = index === -1 ? boundaries.length : index;
    const known = byBucket[bucket];
    if (known === undefined || one.timeMs > known.timeMs) byBucket[bucket] = one;
  }
  return byBucket;
}
