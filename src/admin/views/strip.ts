import type { Outcome } from "../../check/result.ts";

const LETTERS: Readonly<Record<Outcome, string>> = {
  pass: "p",
  warn: "w",
  fail: "f",
  unknown: "u",
};

/** Results as one letter each, the oldest first: `pppwfp`. */
export function stripOf(outcomes: readonly Outcome[]): string {
  return outcomes.map((outcome) => LETTERS[outcome]).join("");
}

/** The order in which people want to see states: trouble first. */
const RANKS = ["fail", "down", "warn", "unknown", "maintenance", "explained", "paused"];

/** Compares states, trouble first. */
export function byTrouble(a: string, b: string): number {
  return rankOf(a) - rankOf(b);
}

function rankOf(state: string): number {
  const rank = RANKS.indexOf(state);
  return rank === -1 ? RANKS.length : rank;
}
