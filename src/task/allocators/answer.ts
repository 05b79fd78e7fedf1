import type { Heartbeat, HeartbeatAnswer } from "../allocator.ts";

/** A store's answer to a heartbeat. */
export interface StoredAnswer {
  readonly kind: unknown;
  /** With `granted`: a number, or its text. */
  readonly num: unknown;
  /** With `granted`: a number, or its text. */
  readonly epoch: unknown;
  /** With `granted`: the target's longest hold, a number or its text, where the store knows it. */
  readonly longest: unknown;
}

/** The answer for the caller. An unknown answer gives no number. */
export function answerOf(
  { kind, num, epoch, longest }: StoredAnswer,
  { leaseMs, holdMs }: Heartbeat,
): HeartbeatAnswer {
  switch (String(kind)) {
    case "granted":
      return {
        ...{ kind: "granted", num: Number(num), epoch: Number(epoch), leaseMs },
        ...(Number(longest ?? 0) > holdMs && { longestHoldMs: Number(longest) }),
      };
    case "lost":
      return { kind: "lost" };
    case "collision":
      return { kind: "collision" };
    case "full":
      return { kind: "full" };
    default:
      return { kind: "no_number" };
  }
}
