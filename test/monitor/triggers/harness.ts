import type { Trigger, TriggerContext, TriggerReason } from "../../../src/monitor/index.ts";
import { manualClock, type ManualClock } from "../../../src/testing/index.ts";

/** What a trigger under test is given, and ways to change it. */
export interface Stage {
  readonly clock: ManualClock;
  readonly fired: Trigger[];
  readonly context: TriggerContext;
  /** Fires it. */
  fire(trigger: Trigger): Promise<unknown>;
  abort(): void;
  endLife(): void;
}

export function stage(reason: Partial<TriggerReason> = {}): Stage {
  const clock = manualClock();
  const fired: Trigger[] = [];
  const controller = new AbortController();
  const life = new AbortController();
  const context: TriggerContext = {
    signal: controller.signal,
    lifetime: life.signal,
    reason: { service: "wiki", slot: "onDown", ...reason },
    clock,
    async fire(trigger) {
      fired.push(trigger);
      await trigger.trigger(context);
      return "done";
    },
  };
  return {
    ...{ clock, fired, context },
    fire: async (trigger) => trigger.trigger(context),
    abort: () => controller.abort(new Error("enough")),
    endLife: () => life.abort(new Error("removed")),
  };
}

/** Counts how often it is fired. */
export function counter(fails = false): Trigger & { count: number } {
  return {
    count: 0,
    trigger() {
      this.count++;
      if (fails) throw new Error("it fails");
    },
  };
}
