/** The forms in which a health report is answered. */
export type Format = "text/plain" | "application/health+json" | "application/json";

/** In the order of preference where a caller has none. */
const FORMATS: readonly Format[] = ["text/plain", "application/health+json", "application/json"];

/**
 * The form that an `Accept` header asks for: the one of the highest quality, of several the most
 * exactly named (RFC 9110, section 12.5.1). Plain text where there is no header, or none of ours in it:
 * an orchestrator reads the status code alone.
 */
export function formatOf(accept: string | undefined): Format {
  let best: Format = "text/plain";
  let bestRank = 0;
  const ranges = accept === undefined ? [] : accept.slice(0, 1_000).split(",").map(parseRange);
  for (const format of FORMATS) {
    const matching = ranges.filter(({ range }) => specificity(range, format) > 0);
    const range = matching.toSorted(
      (a, b) => specificity(b.range, format) - specificity(a.range, format),
    )[0];
    if (range === undefined || range.quality <= 0) continue;
    const rank = range.quality * 10 + specificity(range.range, format);
    if (rank > bestRank) {
      best = format;
      bestRank = rank;
    }
  }
  return best;
}

interface Range {
  readonly range: string;
  readonly quality: number;
}

function parseRange(text: string): Range {
  const [range = "", ...parameters] = text.split(";").map((part) => part.trim().toLowerCase());
  const quality = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2);
  const number = quality === undefined ? 1 : Number(quality);
  return { range, quality: number >= 0 && number <= 1 ? number : 0 };
}

/** How exactly a range names a format: 3 by name, 2 by its type, 1 as anything, 0 not at all. */
function specificity(range: string, format: Format): number {
  if (range === format) return 3;
  if (range === `${format.split("/")[0]}/*`) return 2;
  return range === "*/*" ? 1 : 0;
}
