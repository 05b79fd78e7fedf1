/** Whether the value is an object, not an array. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether the value is a text of at most `maxLength` characters. */
export function isText(value: unknown, maxLength: number): value is string {
  return typeof value === "string" && value.length <= maxLength;
}

/** Whether the value is a whole number from 0 to `max`. */
export function isCount(value: unknown, max: number = Number.MAX_SAFE_INTEGER): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= max;
}

/** Whether the value is a time span in milliseconds, at most 30 days. */
export function isSpan(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value <= MAX_SPAN_MS;
}

const MAX_SPAN_MS = 30 * 86_400_000;
