import type { LabelValue } from "../metrics/labels.ts";

/** Shown in place of a missing value. */
export const ABSENT = "-";

/** Texts are cut off after so many characters. */
const LONGEST = 80;

/**
 * A number for people: whole numbers in full, others with six significant digits. From 2^53 on a number
 * no longer counts by ones, and gets a `~`.
 */
export function numberText(value: number, significant = 6): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  if (Object.is(value, -0)) return "-0";
  if (Number.isSafeInteger(value)) return String(value);
  const size = Math.abs(value);
  if (size >= 1e21) return `~${Number(value.toPrecision(significant))}`;
  if (Number.isInteger(value)) return `~${value}`;
  // No digit before the point is rounded away.
  const wholeDigits = String(Math.trunc(size)).length;
  return String(Number(value.toPrecision(Math.max(significant, wholeDigits))));
}

/**
 * A label's value on one line: as it is where nobody can mistake it, else as a JSON text, in which
 * whatever does not show is escaped.
 */
export function labelText(value: LabelValue | undefined): string {
  if (value === undefined) return ABSENT;
  if (typeof value !== "string") return String(value);
  const text = value.length > LONGEST ? `${value.slice(0, LONGEST - 1)}…` : value;
  return PLAIN.test(text) && text !== ABSENT ? text : quoted(text);
}

/** Any text on one line. */
export function lineText(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  const short = line.length > LONGEST ? `${line.slice(0, LONGEST - 1)}…` : line;
  return escapeInvisible(short);
}

/** Words one blank apart, without quotes or backslashes, and not begun like a remark of ours. */
const PLAIN = /^(?!\()[^\p{C}\p{Z}"\\]+(?: [^\p{C}\p{Z}"\\]+)*$/u;

function quoted(text: string): string {
  return escapeInvisible(JSON.stringify(text));
}

/** Control characters, direction marks, lone surrogates and unusual blanks: everything that is not visible as itself. */
function escapeInvisible(text: string): string {
  return text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu, (character) =>
    Array.from(
      { length: character.length },
      (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, "0")}`,
    ).join(""),
  );
}
