import { integerOption, numberOption, optionsObject } from "../../shared/options.ts";
import { triggerOf } from "../options.ts";
import type { Trigger, TriggerInput } from "../trigger.ts";

/** Options of {@link rateLimitTrigger}. */
export interface RateLimitOptions {
  /** The most firings within the period. 0 means never. */
  readonly max: number;
  /** The length of the sliding window, in milliseconds. */
  readonly periodMs: number;
}

const BOUNDS = { min: 0, max: 100_000, default: Number.NaN };
const PERIOD = { min: 1, max: 31_536_000_000, default: Number.NaN };

/**
 * Fires a trigger at most `max` times within any period; further calls return `limited`. Failed firings count
 * too. Services that share the object share the limit.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function rateLimitTrigger(trigger: TriggerInput, options: RateLimitOptions): Trigger {
  const child = triggerOf("rateLimit.trigger", trigger);
  const given = optionsObject("rateLimit", options, ["max", "periodMs"]);
  const max = integerOption("rateLimit.max", given.max ?? null, BOUNDS);
  const periodMs = numberOption("rateLimit.periodMs", given.periodMs ?? null, PERIOD);
  /** When it fired, the oldest first. */
  const fired: number[] = [];
  return {
    async trigger(context) {
      const nowMs = context.clock.now();
      while (fired.length > 0 && nowMs - fired[0]! >= periodMs) fired.shift();
      if (fired.length >= max) return "limited";
      fired.push(nowMs);
      return child.trigger(context);
    },
  };
}
