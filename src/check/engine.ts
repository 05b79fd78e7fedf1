import type { Clock } from "../shared/clock.ts";
import { type Gate, Limiter } from "./limiter.ts";
import { roughClock } from "./rough-clock.ts";
import { StallWatch } from "./stall.ts";

/** What the checks of one engine share. */
export interface CheckEngine {
  readonly clock: Clock;
  readonly limiter: Gate;
  readonly stalls: StallWatch;
}

/**
 * Makes an engine for checks that share a clock and a limit of concurrent runs.
 * @param concurrency 1 runs them one after the other
 */
export function createEngine(clock: Clock, concurrency: number): CheckEngine {
  const rough = roughClock(clock);
  return { clock: rough, limiter: new Limiter(concurrency), stalls: new StallWatch(rough) };
}
