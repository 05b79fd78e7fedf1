import type { Clock } from "../shared/clock.ts";

/** When triggers fire: at each request, or at those that find the service up or down. */
export type TriggerSlot = "always" | "onUp" | "onDown";

/** The slots. */
export const TRIGGER_SLOTS: readonly TriggerSlot[] = ["always", "onUp", "onDown"];

/**
 * What a trigger came to where it did not fail: it did its work, was held back by a limit, or put the work
 * off.
 */
export type TriggerAnswer = "done" | "limited" | "delayed";

/** What became of a firing; `busy` did not begin, because the slot's last one goes on. */
export type TriggerOutcome = TriggerAnswer | "failed" | "timeout" | "busy";

/** Why a trigger is fired. */
export interface TriggerReason {
  /** The name of the service. */
  readonly service: string;
  readonly slot: TriggerSlot;
}

/** What a trigger is given. */
export interface TriggerContext {
  /** Aborts when its time is over, or the service is removed. */
  readonly signal: AbortSignal;
  readonly reason: TriggerReason;
  readonly clock: Clock;
  /** Aborts when the service is removed: what is put off for later ends then. */
  readonly lifetime: AbortSignal;
  /**
   * Fires a trigger as this one's slot would: with a time of its own, counted, and its failure reported.
   * For what is put off; never rejects.
   */
  readonly fire: (trigger: Trigger) => Promise<TriggerOutcome>;
}

/** Does something because a request found a service up or down: wakes it, say. */
export interface Trigger {
  /**
   * Fires. Rejects where that failed. Settles soon after the signal aborts, and puts nothing off beyond
   * `lifetime`. One object may serve several slots, which may fire it at one time.
   */
  trigger(context: TriggerContext): TriggerAnswer | void | Promise<TriggerAnswer | void>;
}

/** A trigger as callers write it. */
export type TriggerInput = Trigger | Trigger["trigger"];
