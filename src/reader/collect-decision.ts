import type { ReaderMode, ReaderTreatment } from "./context.ts";
import type { HoldReason, Standing } from "./gate.ts";

/** What to do with a collection. */
export type CollectDecision =
  /** Export it unchanged. */
  | { readonly kind: "plain" }
  /** Do not export it, and report nothing. */
  | { readonly kind: "nothing" }
  /** Do not export it now. */
  | { readonly kind: "held"; readonly reason: HoldReason }
  /** Export it as streams of the number's holder, or of the process itself. */
  | { readonly kind: "owned"; readonly numbered: boolean }
  /**
   * Answer a scrape with it: under the number if there is one, or in development mode under the process's own
   * identity.
   */
  | { readonly kind: "answered"; readonly atDesk: boolean };

/** Decides what to do with a collection now. The mode decides first, then the lease. */
export function decide(
  mode: ReaderMode,
  { kind, hold }: Pick<ReaderTreatment, "kind" | "hold">,
  standing: Standing,
  isClosed: boolean,
): CollectDecision {
  if (isClosed) return { kind: "held", reason: "ended" };
  if (mode === "off") return { kind: "plain" };
  if (mode === "desk") {
    return kind === "push" ? { kind: "nothing" } : { kind: "answered", atDesk: true };
  }
  if (kind === "pull" && !hold) return { kind: "answered", atDesk: false };
  if (standing.kind === "numbered") return { kind: "owned", numbered: true };
  if (standing.kind === "held") return { kind: "held", reason: standing.reason };
  // The time limit of the hold is only for push readers.
  return kind === "push"
    ? { kind: "owned", numbered: false }
    : { kind: "held", reason: "no_number" };
}
