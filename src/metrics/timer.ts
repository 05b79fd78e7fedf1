/** The milliseconds of each unit of time, by UCUM code. */
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
 * Starts a timer.
 * @returns a function that gives the time since the start in the unit, or in seconds if that is not a unit of
 *   time. You may call it several times
 */
export function startedTimer(unit: string): () => number {
  const startedAtMs = performance.now();
  const scale = MS[unit] ?? MS["s"]!;
  return () => (performance.now() - startedAtMs) / scale;
}
