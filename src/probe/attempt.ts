import type { Clock } from "../shared/clock.ts";
import { describe } from "../shared/errors.ts";
import { withTimeout } from "../shared/timeout.ts";
import type { Probe, ProbeResult, Target } from "./contract.ts";
import { ProbeError } from "./errors.ts";

/** Options of {@link attempt}. */
export interface AttemptOptions {
  readonly probe: Probe;
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** Whether the target is expected to fail. */
  readonly negative: boolean;
}

/** Probes the target once. Never rejects: an error of the probe becomes a failed result. */
export async function attempt(
  target: Target,
  { probe, clock, timeoutMs, negative }: AttemptOptions,
  signal: AbortSignal,
): Promise<ProbeResult> {
  if (negative) {
    // Its own time limit, before the engine's: a target that does not answer is the expected failure here.
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
  // Not the clock: it counts suspended time, and so has a resolution of ten milliseconds.
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

/** The result of a target that is expected to fail. The duration of the failure means nothing, so it is dropped. */
function inverted({ success }: ProbeResult): ProbeResult {
  if (!success) return { success: true };
  return {
    success: false,
    error: new ProbeError("unexpected_success", "The target answered, but was expected to fail"),
  };
}
