import { numberOption, optionsObject } from "../../shared/options.ts";
import { triggerOf } from "../options.ts";
import type { Trigger, TriggerInput } from "../trigger.ts";

/** Options of {@link delayTrigger}. */
export interface DelayOptions {
  /** How long there must be no request before it fires, in milliseconds. */
  readonly delayMs: number;
}

const DELAY = { min: 0, max: 31_536_000_000, default: Number.NaN };

/**
 * Fires a trigger after a time without requests, like a screen saver: for example to stop an unused service.
 * Each call restarts the delay, and returns `delayed` at once.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function delayTrigger(trigger: TriggerInput, options: DelayOptions): Trigger {
  const child = triggerOf("delay.trigger", trigger);
  const given = optionsObject("delay", options, ["delayMs"]);
  const delayMs = numberOption("delay.delayMs", given.delayMs ?? null, DELAY);
  let cancel = (): void => {};
  return {
    trigger({ clock, lifetime, fire }) {
      cancel();
      if (lifetime.aborted) return "delayed";
      const cancelTimer = clock.after(delayMs, () => {
        cancel();
        void fire(child);
      });
      const end = (): void => {
        cancelTimer();
        lifetime.removeEventListener("abort", end);
      };
      lifetime.addEventListener("abort", end, { once: true });
      cancel = end;
      return "delayed";
    },
  };
}
