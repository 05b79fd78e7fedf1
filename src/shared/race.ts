/**
 * Runs `call` and settles with it. If `signal` aborts first, rejects at once, even if the call ignores the
 * signal: with the signal's reason, or with the error of `onAbort`.
 */
export async function raceAbort<T>(
  call: () => Promise<T>,
  signal: AbortSignal | undefined,
  onAbort: () => unknown = () => signal?.reason,
): Promise<T> {
  if (signal === undefined) return call();
  if (signal.aborted) throw onAbort();
  let abort!: () => void;
  const aborted = new Promise<never>((_, reject) => {
    abort = (): void => reject(onAbort());
  });
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([call(), aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
