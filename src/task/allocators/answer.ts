import type { HeartbeatAnswer } from "../allocator.ts";

/** What a store's operation says of a heartbeat. */
export interface StoredAnswer {
  readonly kind: unknown;
  /** With `granted`: a number, or its text. */
  readonly num: unknown;
  /** With `granted`: a number, or its text. */
  readonly epoch: unknown;
}

/** The answer for the caller. What is none that we know gives no number. */
export function answerOf({ kind, num, epoch }: StoredAnswer, leaseMs: number): HeartbeatAnswer {
  switch (String(kind)) {
    case "granted":
      return { kind: "granted", num: Number(num), epoch: Number(epoch), leaseMs };
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
