import { type IntervalHistogram, monitorEventLoopDelay, performance } from "node:perf_hooks";
import { numberOption, optionsObject } from "../../shared/options.ts";
import { processCheck, type ProcessCheck } from "./scoped.ts";

/** Options of {@link eventLoopCheck}. */
export interface EventLoopCheckOptions {
  /** Warns from this delay on (99th percentile since the last run), in milliseconds. @default 100 */
  readonly warnDelayMs?: number;
  /** Fails from this delay on, in milliseconds. @default 1000 */
  readonly maxDelayMs?: number;
  /** Warns if the loop was busy for this share of the time or more. @default 0.95 */
  readonly warnUtilization?: number;
}

/**
 * Checks whether the event loop keeps up: how late and how busy it was since the last run. The first run starts
 * the measurement, and passes.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function eventLoopCheck(options?: EventLoopCheckOptions): ProcessCheck {
  const given = optionsObject("eventLoopCheck", options, [
    "warnDelayMs",
    "maxDelayMs",
    "warnUtilization",
  ]);
  const delay = { min: 0, max: 3_600_000 };
  const maxDelayMs = numberOption("eventLoopCheck.maxDelayMs", given.maxDelayMs, {
    ...delay,
    default: 1_000,
  });
  const warnDelayMs = numberOption("eventLoopCheck.warnDelayMs", given.warnDelayMs, {
    ...delay,
    default: 100,
  });
  const warnUtilization = numberOption("eventLoopCheck.warnUtilization", given.warnUtilization, {
    min: 0,
    max: 1,
    default: 0.95,
  });
  let delays: IntervalHistogram | undefined;
  let last = performance.eventLoopUtilization();
  return processCheck(() => {
    if (delays === undefined) {
      delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
      delays.enable();
      last = performance.eventLoopUtilization();
      return { status: "pass" };
    }
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, last);
    last = now;
    // The histogram records the time from tick to tick, which without delay is the resolution.
    const delayMs =
      delays.count === 0 ? 0 : Math.max(0, delays.percentile(99) / 1e6 - RESOLUTION_MS);
    delays.reset();
    const data = { delayMs, utilization };
    const message = `delay ${delayMs.toFixed(0)} ms, ${(utilization * 100).toFixed(0)} % busy`;
    if (delayMs >= maxDelayMs) return { status: "fail", message, data };
    const degraded = delayMs >= warnDelayMs || utilization >= warnUtilization;
    return { status: degraded ? "warn" : "pass", message, data };
  });
}

const RESOLUTION_MS = 20;
