/** Milliseconds in a unit of time, by its UCUM code. */
const MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  ms: 1,
  s: 1e3,
  min: 6e4,
  h: 3.6e6,
  d: 8.64e7,
};

/**
 * Starts a timer, which ends as often as it is called.
 * @returns the time since, in the unit; in seconds where that is none of time
 */
export function startedTimer(unit: string): () => number {
  const startedAtMs = performance.now();
  const scale = MS[unit] ?? MS["s"]!;
  return () => (performance.now() - startedAtMs) / scale;
}
