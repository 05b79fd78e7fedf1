/** One clause of an `Accept` header. */
export interface Wanted {
  /** The media type in lower case, without parameters. */
  readonly type: string;
  /** The parameters by name in lower case, without `q`. */
  readonly parameters: ReadonlyMap<string, string>;
  readonly weight: number;
}

/** Only this much of a longer header is read. A scraper's header has about 500 characters. */
const MAX_LENGTH = 4_096;

/**
 * Returns the clauses of an `Accept` header, the highest weight first; see RFC 9110, section 12.5.1. Never
 * throws.
 */
export function parseAccept(accept: string | undefined): Wanted[] {
  if (accept === undefined || accept === "") return [];
  return accept
    .slice(0, MAX_LENGTH)
    .split(",")
    .map(clause)
    .filter(({ type, weight }) => type.includes("/") && weight > 0)
    .toSorted((a, b) => b.weight - a.weight);
}

function clause(text: string): Wanted {
  const [type = "", ...rest] = text.split(";").map((part) => part.trim());
  const parameters = new Map<string, string>();
  for (const part of rest) {
    const at = part.indexOf("=");
    if (at === -1) continue;
    const name = part.slice(0, at).trim().toLowerCase();
    const value = part.slice(at + 1).trim();
    parameters.set(name, value.replace(/^"(.*)"$/, "$1"));
  }
  const q = parameters.get("q");
  parameters.delete("q");
  return { type: type.toLowerCase(), parameters, weight: weightOf(q) };
}

/** An invalid weight counts as 1, as in Prometheus' library. */
function weightOf(q: string | undefined): number {
  const weight = q === undefined || q === "" ? 1 : Number(q);
  return Number.isNaN(weight) ? 1 : Math.min(Math.max(weight, 0), 1);
}
