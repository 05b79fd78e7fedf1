import type { HrTime } from "@opentelemetry/api";

/** Converts milliseconds since the Unix epoch to the SDK's time of seconds and nanoseconds. */
export function hrTimeOf(ms: number): HrTime {
  const seconds = Math.floor(ms / 1_000);
  return [seconds, Math.round((ms - seconds * 1_000) * 1e6)];
}

/** Returns the later of two times. */
export function later(a: HrTime, b: HrTime): HrTime {
  return isBefore(a, b) ? b : a;
}

export function isBefore(a: HrTime, b: HrTime): boolean {
  return a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]);
}

/** Returns the time one microsecond later, the smallest difference that backends can see. */
export function justAfter([seconds, nanos]: HrTime): HrTime {
  return nanos < 999_999_000 ? [seconds, nanos + 1_000] : [seconds + 1, nanos - 999_999_000];
}
