import { messageOf } from "../shared/errors.ts";
import type { Reporter } from "../shared/report.ts";
import { withTimeout } from "../shared/timeout.ts";
import type { Grant } from "./allocator.ts";
import type { RenewerOptions } from "./renewer-options.ts";
import type { Target } from "./target.ts";

/** The number to hand back. */
export interface HeldNumber {
  readonly target: Target;
  readonly instanceId: string;
  readonly grant: Grant;
  readonly seq: number;
}

/**
 * Hands a number back, within a time limit and until `signal` aborts. Reports a failure; the number then
 * becomes free when its lease ends. Never rejects.
 */
export async function handBack(
  { target, instanceId, grant, seq }: HeldNumber,
  { allocator, clock, policy, loans }: RenewerOptions,
  report: Reporter,
  signal: AbortSignal | undefined,
): Promise<void> {
  const quarantineMs = Math.max(policy.quarantineMs, loans?.remainingMs ?? 0);
  const release = (callSignal: AbortSignal): Promise<boolean> =>
    allocator.release(target, instanceId, { ...grant, seq, quarantineMs }, { signal: callSignal });
  try {
    const what = "Releasing the task number";
    await withTimeout(clock, what, policy.requestTimeoutMs, release, signal);
    report.recovered("release", "Task numbers are handed back again");
  } catch (error) {
    report.warnOnce(
      "release",
      `Task number ${grant.num} could not be handed back: ${messageOf(error)}`,
    );
  }
}

/**
 * Asks the processes that share the number to stop. If one does not answer, the number rests for longer.
 * Never rejects.
 */
export async function recallLoans(
  { loans, clock, policy }: RenewerOptions,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (loans === undefined || loans.remainingMs === 0) return;
  const recall = (callSignal: AbortSignal): Promise<void> => loans.recall(callSignal);
  await withTimeout(clock, "Recalling the number", policy.requestTimeoutMs, recall, signal).catch(
    () => undefined,
  );
}
