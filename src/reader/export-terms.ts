import type { ReaderContext, ReaderMode } from "./context.ts";
import type { ExportTerms } from "./exports.ts";
import { type HoldReason, holdReason } from "./gate.ts";

/** How the reader works now. */
export function modeOf({ mode }: Pick<ReaderContext, "mode">): ReaderMode {
  return mode?.() ?? "on";
}

/**
 * What was collected under a number leaves while that surely is held, also where the readers were
 * switched off meanwhile; an export under way is cut off when the number goes.
 * @param isCurrent whether the number is still the one under which it was collected
 */
export function numberedTerms(context: ReaderContext, isCurrent: () => boolean): ExportTerms {
  const { lease, exportTimeoutMs } = context;
  return {
    signal: lease.signal,
    exportTimeoutMs,
    refusal: (marginMs) =>
      atDesk(context) ?? holdReason(lease, marginMs) ?? (isCurrent() ? undefined : "renumbered"),
  };
}

/** What leaves as the process itself depends on no number, and the exporter's own limits stand. */
export function unnumberedTerms(context: ReaderContext): ExportTerms {
  return { signal: undefined, exportTimeoutMs: Infinity, refusal: () => atDesk(context) };
}

/**
 * So does what leaves as it was collected, as long as no number's streams began, which do not know of it.
 * @param isCurrent whether none did
 */
export function plainTerms(context: ReaderContext, isCurrent: () => boolean): ExportTerms {
  return {
    ...unnumberedTerms(context),
    refusal: () => atDesk(context) ?? (isCurrent() ? undefined : "renumbered"),
  };
}

function atDesk(context: ReaderContext): HoldReason | undefined {
  return modeOf(context) === "desk" ? "desk" : undefined;
}
