import type { Clock } from "../shared/clock.ts";

/** When triggers fire: at each request, or only at requests that find the service up or down. */
export type TriggerSlot = "always" | "onUp" | "onDown";

/** The slots. */
export const TRIGGER_SLOTS: readonly TriggerSlot[] = ["always", "onUp", "onDown"];

/**
 * The answer of a trigger that did not fail: it did its work (`done`), a rate limit stopped it (`limited`), or
 * it will do its work later (`delayed`).
 */
export type TriggerAnswer = "done" | "limited" | "delayed";

/** The outcome of a firing; `busy` means that it was skipped, because the last firing is still running. */
export type TriggerOutcome = TriggerAnswer | "failed" | "timeout" | "busy";

/** Why a trigger is fired. */
export interface TriggerReason {
  /** The name of the service. */
  readonly service: string;
  readonly slot: TriggerSlot;
}

/** What a trigger gets. */
export interface TriggerContext {
  /** Aborts at the time limit, or when the service is removed. */
  readonly signal: AbortSignal;
  readonly reason: TriggerReason;
  readonly clock: Clock;
  /** Aborts when the service is removed: delayed work must end then. */
  readonly lifetime: AbortSignal;
  /**
   * Fires a trigger as this one's slot would: with its own time limit, in the metrics, and with reports of
   * failures. For delayed work; never rejects.
   */
  readonly fire: (trigger: Trigger) => Promise<TriggerOutcome>;
}

/** Does something because a request found a service up or down: for example, wakes it. */
export interface Trigger {
  /**
   * Fires. Rejects if that failed. Settles soon after the signal aborts, and leaves no work running after
   * `lifetime`. Several slots may share one object and fire it at the same time.
   */
  trigger(context: TriggerContext): TriggerAnswer | void | Promise<TriggerAnswer | void>;
}

/** A trigger as callers write it. */
export type TriggerInput = Trigger | Trigger["trigger"];
