/** Longer headers are cut, so that a scan stays short; no real client needs more. */
const MAX_HEADER_LENGTH = 1_000;

/**
 * Of the media types on offer the one that an `Accept` header asks for: the one of the highest quality,
 * of several the most exactly named, of several the first (RFC 9110, section 12.5.1). Undefined where
 * there is no header, or none of ours in it.
 * @param offers in the order of preference where the client has none
 */
export function acceptedType<T extends string>(
  accept: string | undefined,
  offers: readonly T[],
): T | undefined {
  let best: T | undefined;
  let bestRank = 0;
  const ranges = parseList(accept);
  for (const offer of offers) {
    const range = ranges
      .filter(({ name }) => specificity(name, offer) > 0)
      .toSorted((a, b) => specificity(b.name, offer) - specificity(a.name, offer))[0];
    if (range === undefined || range.quality <= 0) continue;
    const rank = range.quality * 10 + specificity(range.name, offer);
    if (rank > bestRank) {
      best = offer;
      bestRank = rank;
    }
  }
  return best;
}

/** Whether `Accept-Encoding` takes a coding, with a quality above zero (RFC 9110, section 12.5.3). */
export function acceptsEncoding(header: string | undefined, coding: string): boolean {
  const codings = parseList(header);
  const named = codings.find(({ name }) => name === coding);
  return ((named ?? codings.find(({ name }) => name === "*"))?.quality ?? 0) > 0;
}

interface Weighted {
  readonly name: string;
  /** From 0 to 1; 0 where the client wrote something else. */
  readonly quality: number;
}

function parseList(header: string | undefined): Weighted[] {
  return header === undefined ? [] : header.slice(0, MAX_HEADER_LENGTH).split(",").map(parse);
}

function parse(text: string): Weighted {
  const [name = "", ...parameters] = text.split(";").map((part) => part.trim().toLowerCase());
  const quality = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2);
  const number = quality === undefined ? 1 : Number(quality);
  return { name, quality: number >= 0 && number <= 1 ? number : 0 };
}

/** How exactly a range names a type: 3 by name, 2 by its first half, 1 as anything, 0 not at all. */
function specificity(range: string, type: string): number {
  if (range === type) return 3;
  if (range === `${type.split("/")[0]}/*`) return 2;
  return range === "*/*" ? 1 : 0;
}
