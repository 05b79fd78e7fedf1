import { Health, type HealthOptions } from "../../src/health/index.ts";
import type { EventRecord } from "../../src/shared/events.ts";
import { type ManualClock, manualClock } from "../../src/testing/manual-clock.ts";

/** Health checks on a manual clock, whose events are kept. */
export interface Setup {
  readonly health: Health;
  readonly clock: ManualClock;
  readonly events: EventRecord[];
  /** The names of the events so far, and forgets them. */
  said(): string[];
}

export function setup(options: HealthOptions = {}): Setup {
  const clock = manualClock();
  const events: EventRecord[] = [];
  const health = new Health({
    clock,
    seed: 1,
    events: { emit: (event) => events.push(event) },
    ...options,
  });
  return {
    health,
    clock,
    events,
    said: () => events.splice(0).map(({ eventName }) => eventName),
  };
}

/** No chance in the schedule, once a second. */
export const steady = { jitter: 0, intervalMs: 1_000 } as const;

/** A check that answers as `state` says. */
export function switched(failing = false): { failing: boolean; calls: number; check: () => void } {
  const state = {
    failing,
    calls: 0,
    check: (): void => {
      state.calls++;
      if (state.failing) throw new Error("switched off");
    },
  };
  return state;
}
