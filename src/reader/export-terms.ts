import type { ReaderContext, ReaderMode } from "./context.ts";
import type { ExportTerms } from "./exports.ts";
import { type HoldReason, holdReason } from "./gate.ts";

/** Returns the current mode of the readers. */
export function modeOf({ mode }: Pick<ReaderContext, "mode">): ReaderMode {
  return mode?.() ?? "on";
}

/**
 * The terms for data that was collected under a number: it may be sent while the number is certain, even if
 * readers were turned off meanwhile. A running export is cut off when the number is lost.
 * @param isCurrent whether the number has not changed since the collection
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

/**
 * The terms for data under the process's own identity. It does not depend on a number, so only the exporter's
 * own limits apply.
 */
export function unnumberedTerms(context: ReaderContext): ExportTerms {
  return { signal: undefined, exportTimeoutMs: Infinity, refusal: () => atDesk(context) };
}

/**
 * The terms for data that is exported unchanged. It may be sent until streams under a number begin, because
 * these do not know about it.
 * @param isCurrent whether no such streams have begun
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
