/** A number for JSON, which only supports finite numbers. */
export type WireNumber = number | "NaN" | "Infinity" | "-Infinity";

export function toWire(value: number): WireNumber {
  return Number.isFinite(value) ? value : (String(value) as WireNumber);
}

/** Returns the number, or undefined if it is not one. */
export function fromWire(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  if (value === "NaN") return Number.NaN;
  if (value === "Infinity") return Infinity;
  return value === "-Infinity" ? -Infinity : undefined;
}

/** Returns the numbers, or undefined if one of them is invalid or there are more than `max`. */
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
