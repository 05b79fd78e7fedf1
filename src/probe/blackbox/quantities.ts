const DURATION_UNITS = { ms: 1, s: 1e3, m: 6e4, h: 36e5, d: 864e5, w: 6048e5, y: 31536e6 } as const;
const SIZE_UNITS = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 1_024,
  MiB: 1_048_576,
  GiB: 1_073_741_824,
} as const;

/** Milliseconds of a Prometheus duration, such as `1m30s`; undefined if invalid. */
export function durationMs(value: unknown): number | undefined {
  if (typeof value !== "string" || !/^(?:\d+(?:ms|[smhdwy]))+$/.test(value)) return undefined;
  let ms = 0;
  for (const [, count, unit] of value.matchAll(/(\d+)(ms|[smhdwy])/g)) {
    ms += Number(count) * DURATION_UNITS[unit as keyof typeof DURATION_UNITS];
  }
  return ms;
}

/** Bytes of a size such as `10MB` or `1KiB`; undefined if invalid. A plain number means bytes. */
export function sizeBytes(value: unknown): number | undefined {
  if (Number.isInteger(value) && (value as number) >= 0) return value as number;
  const [, count, unit] = /^(\d+(?:\.\d+)?)([KMG]i?B|B)$/.exec(String(value)) ?? [];
  if (count === undefined) return undefined;
  return Math.floor(Number(count) * SIZE_UNITS[unit as keyof typeof SIZE_UNITS]);
}
