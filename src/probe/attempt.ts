import type { Clock } from "../shared/clock.ts";
import { describe } from "../shared/errors.ts";
import { withTimeout } from "../shared/timeout.ts";
import type { Probe, ProbeResult, Target } from "./contract.ts";
import { ProbeError } from "./errors.ts";

/** What an attempt needs. */
export interface AttemptOptions {
  readonly probe: Probe;
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** Whether the target is to fail. */
  readonly negative: boolean;
}

/** Probes the target once. Never rejects: what the probe throws is a failure. */
export async function attempt(
  target: Target,
  { probe, clock, timeoutMs, negative }: AttemptOptions,
  signal: AbortSignal,
): Promise<ProbeResult> {
  if (negative) {
    // Its own time, before the engine's is over: here a target that does not answer is as it should be.
    const result = await settle(() =>
      withTimeout(
        ...([clock, `Probe of ${target.name}`, timeoutMs] as const),
        (inner) => probe.run(target, { signal: inner, clock, timeoutMs }),
        signal,
      ),
    );
    return inverted(result);
  }
  return settle(() => probe.run(target, { signal, clock, timeoutMs }));
}

async function settle(run: () => Promise<ProbeResult>): Promise<ProbeResult> {
  // Not the clock, which counts in steps of ten milliseconds where it counts suspends.
  const startedAtMs = performance.now();
  let result: ProbeResult;
  try {
    result = await run();
    if (typeof result !== "object" || result === null || typeof result.success !== "boolean") {
      throw new TypeError(`A probe must resolve with { success, … }, got ${describe(result)}`);
    }
  } catch (error) {
    result = { success: false, error: error instanceof Error ? error : new Error(describe(error)) };
  }
  return result.latencyMs === undefined
    ? { ...result, latencyMs: performance.now() - startedAtMs }
    : result;
}

/** Of a failure only that there was one: it took as long as it took. */
function inverted({ success }: ProbeResult): ProbeResult {
  if (!success) return { success: true };
  return {
    success: false,
    error: new ProbeError("unexpected_success", "The target answered, and was to fail"),
  };
}
