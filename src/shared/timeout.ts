import type { Clock } from "./clock.ts";
import { TaskmonError } from "./errors.ts";
import { raceAbort } from "./race.ts";

/** A call took longer than it was allowed to. */
export class TimeoutError extends TaskmonError {
  readonly code = "ERR_TASKMON_TIMEOUT";

  constructor(what: string, timeoutMs: number) {
    super(`${what} took longer than ${timeoutMs} ms`);
  }
}

/**
 * Runs `call` with a signal that aborts after `timeoutMs` or with `signal`. Settles then at the latest,
 * even if `call` ignores its signal; a later result is dropped.
 */
export async function withTimeout<T>(
  clock: Clock,
  what: string,
  timeoutMs: number,
  call: (signal: AbortSignal) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  signal?.throwIfAborted();
  const controller = new AbortController();
  let onAbort: (() => void) | undefined;
  const cancel = clock.after(timeoutMs, () => controller.abort(new TimeoutError(what, timeoutMs)));
  if (signal !== undefined) {
    onAbort = (): void => controller.abort(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
  }
  try {
    return await raceAbort(() => call(controller.signal), controller.signal);
  } finally {
    cancel();
    if (onAbort !== undefined) signal?.removeEventListener("abort", onAbort);
  }
}

/** Settles with `promise`, which must not reject, or when `signal` aborts. */
export async function untilAborted(
  promise: Promise<unknown>,
  signal: AbortSignal | undefined,
): Promise<void> {
  await raceAbort(() => promise, signal).catch(() => undefined);
}
