/** Milliseconds of Go's units. */
const UNITS: Readonly<Record<string, number>> = {
  ...{ ns: 1e-6, us: 1e-3, µs: 1e-3, μs: 1e-3, ms: 1, s: 1_000, m: 60_000, h: 3_600_000 },
};
const PART = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/gu;

/**
 * Milliseconds of a duration as Go's `time.ParseDuration` reads it: `1m30s`, `1.5h`, `-1s`, `0`. Undefined
 * for invalid ones.
 */
export function goDurationMs(value: unknown): number | undefined {
  if (typeof value !== "string") return undefined;
  const [, sign, rest = ""] = /^([-+]?)(.*)$/su.exec(value) ?? [];
  if (rest === "0") return 0;
  if (rest === "" || rest.replaceAll(PART, "") !== "") return undefined;
  let ms = 0;
  for (const [, count, unit] of rest.matchAll(PART)) ms += Number(count) * UNITS[unit!]!;
  return sign === "-" ? -ms : ms;
}
