/** Where the values of many rounds lie: the middle one, and the middle half of them. */
export interface Spread {
  readonly median: number;
  /** A quarter of the values is below this. */
  readonly q1: number;
  /** A quarter of the values is above this. */
  readonly q3: number;
}

/** The median and the quartiles of `values`, of which there is at least one. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  return { median: quantile(sorted, 0.5), q1: quantile(sorted, 0.25), q3: quantile(sorted, 0.75) };
}

/** The spread of `of(a[i], b[i])`: what happened in the same round is compared with each other. */
export function spreadOfPairs(
  a: readonly number[],
  b: readonly number[],
  of: (a: number, b: number) => number,
): Spread {
  return spreadOf(a.map((value, index) => of(value, b[index]!)));
}

/** Between two values in the proportion in which the quantile lies between them. */
function quantile(sorted: readonly number[], fraction: number): number {
  const position = (sorted.length - 1) * fraction;
  const below = sorted[Math.floor(position)]!;
  const above = sorted[Math.ceil(position)]!;
  return below + (above - below) * (position - Math.floor(position));
}
