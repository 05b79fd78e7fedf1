/** Whether it is an object whose fields can be looked at. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether it is a text of so many characters at most. */
export function isText(value: unknown, maxLength: number): value is string {
  return typeof value === "string" && value.length <= maxLength;
}

/** Whether it is a whole number that is not negative, and not larger than `max`. */
export function isCount(value: unknown, max: number = Number.MAX_SAFE_INTEGER): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= max;
}

/** Whether it is a time span in milliseconds, of some days at most. */
export function isSpan(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value <= MAX_SPAN_MS;
}

const MAX_SPAN_MS = 30 * 86_400_000;
