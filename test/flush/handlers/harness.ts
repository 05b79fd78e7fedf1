import type { ServerResponse } from "node:http";
import { Flusher } from "../../../src/flush/flusher.ts";
import type { FlushTarget, NodeResponse } from "../../../src/flush/handlers/target.ts";
import { type ManualClock, manualClock } from "../../../src/testing/manual-clock.ts";

export const TIMEOUT_MS = 5_000;

/** A real flusher whose exports a test ends. */
export interface HeldTarget extends FlushTarget {
  readonly clock: ManualClock;
  readonly flusher: Flusher;
  /** How many exports have begun. */
  readonly begun: number;
  readonly isUnderWay: boolean;
  /** The responses whose requests were settled, with how many exports had begun by then. */
  readonly settled: { readonly response: NodeResponse; readonly begun: number }[];
  /** The limits that flushes were called with. */
  readonly limits: (number | undefined)[];
  /** Ends the export under way. */
  release(error?: Error): void;
  /** A flush is due again. */
  dueAgain(): Promise<void>;
}

/** @param isDue whether the first request flushes */
export function heldTarget({ isDue = true } = {}): HeldTarget {
  const clock = manualClock();
  let begun = 0;
  let underWay: PromiseWithResolvers<void> | undefined;
  let enabled = isDue;
  const settled: HeldTarget["settled"] = [];
  const limits: (number | undefined)[] = [];
  const flusher = new Flusher({
    clock,
    settings: () => ({ enabled, flushIntervalMs: 60_000, flushTimeoutMs: TIMEOUT_MS }),
    prepare: async () => "held",
    flush: () => {
      begun++;
      underWay = Promise.withResolvers<void>();
      return underWay.promise;
    },
  });
  return {
    clock,
    flusher,
    settled,
    limits,
    get begun() {
      return begun;
    },
    get isUnderWay() {
      return flusher.state.isUnderWay;
    },
    flush: {
      get isDue() {
        return flusher.isDue;
      },
      ifDue(call) {
        limits.push(call?.timeoutMs);
        return flusher.ifDue(call);
      },
      settle: (response: ServerResponse) => void settled.push({ response, begun }),
    },
    release(error) {
      if (error === undefined) underWay?.resolve();
      else underWay?.reject(error);
      underWay = undefined;
    },
    async dueAgain() {
      enabled = true;
      await clock.advance(60_000);
    },
  };
}
