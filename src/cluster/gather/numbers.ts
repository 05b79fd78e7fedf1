/** A number as JSON carries it, which has none but finite ones. */
export type WireNumber = number | "NaN" | "Infinity" | "-Infinity";

export function toWire(value: number): WireNumber {
  return Number.isFinite(value) ? value : (String(value) as WireNumber);
}

/** The number; undefined for what is none. */
export function fromWire(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  if (value === "NaN") return Number.NaN;
  if (value === "Infinity") return Infinity;
  return value === "-Infinity" ? -Infinity : undefined;
}

/** The numbers; undefined where one is none, or there are more than `max`. */
export function numbersFromWire(value: unknown, max: number): number[] | undefined {
  if (!Array.isArray(value) || value.length > max) return undefined;
  const numbers: number[] = [];
  for (const item of value) {
    const number = fromWire(item);
    if (number === undefined) return undefined;
    numbers.push(number);
  }
  return numbers;
}
