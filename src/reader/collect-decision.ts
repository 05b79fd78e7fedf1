import type { ReaderMode, ReaderTreatment } from "./context.ts";
import type { HoldReason, Standing } from "./gate.ts";

/** What a collection comes to. */
export type CollectDecision =
  /** It leaves as the reader collected it. */
  | { readonly kind: "plain" }
  /** It does not leave, and nobody is told. */
  | { readonly kind: "nothing" }
  /** It does not leave now. */
  | { readonly kind: "held"; readonly reason: HoldReason }
  /** It leaves as streams of the number's holder, or of the process itself. */
  | { readonly kind: "owned"; readonly numbered: boolean }
  /**
   * A scrape is answered with it: under the number if there is one; in development mode under the process's
   * own identity.
   */
  | { readonly kind: "answered"; readonly atDesk: boolean };

/** What becomes of a collection now, by the mode first and then by the lease. */
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
  // The bound of the hold is for those who push.
  return kind === "push"
    ? { kind: "owned", numbered: false }
    : { kind: "held", reason: "no_number" };
}
