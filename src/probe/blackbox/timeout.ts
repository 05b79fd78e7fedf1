/** The exporter's default if the scrape request has no timeout, in seconds. */
const DEFAULT_TIMEOUT_S = 120;

/**
 * The time limit of a run, in milliseconds: the scrape's timeout minus the offset, or the module's timeout
 * if that is shorter. Undefined if the header is not a number.
 */
export function timeoutMs(
  header: string | undefined,
  moduleMs: number | undefined,
  offsetS: number,
): number | undefined {
  const scrapeS = header === undefined || header === "" ? DEFAULT_TIMEOUT_S : Number(header);
  if (!Number.isFinite(scrapeS)) return undefined;
  const wantedS = scrapeS === 0 ? DEFAULT_TIMEOUT_S : scrapeS;
  const leftMs = (offsetS < wantedS ? wantedS - offsetS : wantedS) * 1_000;
  if (moduleMs !== undefined && moduleMs > 0 && (moduleMs < leftMs || leftMs < 0)) return moduleMs;
  return Math.max(1, leftMs);
}
