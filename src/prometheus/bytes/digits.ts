/** The maximum length of a number as text. */
export const MAX_DIGITS = 32;

const ZERO = 0x30;
/** Whole numbers below this have at most nine digits, and divide as 32-bit integers. */
const BILLION = 1_000_000_000;

/**
 * Writes a number in a form that JavaScript and Prometheus both read. Nearly all numbers are whole: those are
 * written digit by digit, without an intermediate string.
 * @returns the position of the next byte
 */
export function writeNumber(bytes: Buffer, at: number, value: number): number {
  if (value >= 0 && value <= Number.MAX_SAFE_INTEGER && Math.floor(value) === value) {
    if (value < BILLION) return writeDigits(bytes, at, value | 0);
    const high = Math.floor(value / BILLION);
    return writeNine(bytes, writeDigits(bytes, at, high), value - high * BILLION);
  }
  return writeText(bytes, at, numberText(value));
}

/** Returns the number as text. */
export function numberText(value: number): string {
  if (value === Infinity) return "+Inf";
  return value === -Infinity ? "-Inf" : `${value}`;
}

/** Writes a short ASCII text. @returns the position of the next byte */
export function writeText(bytes: Buffer, at: number, text: string): number {
  for (let index = 0; index < text.length; index++) bytes[at + index] = text.charCodeAt(index);
  return at + text.length;
}

function writeDigits(bytes: Buffer, at: number, value: number): number {
  if (value < 10) {
    bytes[at] = ZERO + value;
    return at + 1;
  }
  if (value >= BILLION) return writeText(bytes, at, `${value}`);
  let end = at + lengthOf(value);
  const next = end;
  let rest = value;
  do {
    const tenth = (rest / 10) | 0;
    bytes[--end] = ZERO + rest - tenth * 10;
    rest = tenth;
  } while (rest > 0);
  return next;
}

/** Writes nine digits, with leading zeros. */
function writeNine(bytes: Buffer, at: number, value: number): number {
  let rest = value | 0;
  for (let end = at + 8; end >= at; end--) {
    const tenth = (rest / 10) | 0;
    bytes[end] = ZERO + rest - tenth * 10;
    rest = tenth;
  }
  return at + 9;
}

/** Returns the number of digits of a whole number below a billion, or 0 for any other number. */
export function digitsOf(value: number): number {
  return value >= 0 && value < BILLION && Math.floor(value) === value ? lengthOf(value) : 0;
}

/** Returns the number of digits of a whole number below a billion. */
function lengthOf(value: number): number {
  if (value < 10_000) return value < 100 ? (value < 10 ? 1 : 2) : value < 1_000 ? 3 : 4;
  if (value < 1_000_000) return value < 100_000 ? 5 : 6;
  return value < 10_000_000 ? 7 : value < 100_000_000 ? 8 : 9;
}
