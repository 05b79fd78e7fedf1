/** How waits grow from one failure to the next. */
export interface BackoffOptions {
  /** The wait after the first failure, in milliseconds. Each further failure doubles it. */
  readonly firstMs: number;
  /** The longest wait, in milliseconds. */
  readonly maxMs: number;
  /** Spreads the waits of many processes: each wait is shorter by a random share, at most this one. @default 0 */
  readonly jitter?: number;
  /** @default Math.random */
  readonly random?: () => number;
}

/** The wait after this many failures in a row, in milliseconds; `failures` is 1 after the first. */
export function backoffMs(
  failures: number,
  { firstMs, maxMs, jitter = 0, random = Math.random }: BackoffOptions,
): number {
  // 2 ** 1024 is infinite; Math.min then gives the longest wait.
  const fullMs = Math.min(maxMs, firstMs * 2 ** Math.max(0, failures - 1));
  return fullMs * (1 - jitter * random());
}
