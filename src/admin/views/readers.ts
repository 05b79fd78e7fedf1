import type { AdminContext } from "../context.ts";

/** How a reader stands. Times are in milliseconds since the Unix epoch. */
export interface ReaderRow {
  readonly name: string;
  readonly kind: "push" | "pull";
  /** `silent`, `held`, `failing`, `waiting` before its first success, `unseen` where nothing is known, else `ok`. */
  readonly state: "silent" | "held" | "failing" | "waiting" | "unseen" | "ok";
  readonly silence?: string;
  readonly successes?: number;
  readonly failures?: number;
  readonly consecutiveFailures?: number;
  readonly held: number;
  readonly pointsSent?: number;
  readonly pointsRejected?: number;
  readonly batchesInFlight?: number;
  readonly lastSuccessAtMs?: number;
  readonly lastDurationMs?: number;
  readonly lastFailure?: { readonly message: string; readonly atMs: number };
}

/** The attached readers. */
export function readerRows({
  taskmon: { readers },
  settings: { clock },
}: AdminContext): ReaderRow[] {
  const now = clock.wallTime();
  return readers.list.map((view): ReaderRow => {
    const { lastFailure, silence, isHeld: _held, lastSuccessAgeMs: _age, ...rest } = view;
    const known = Object.fromEntries(
      Object.entries(rest).filter(([, value]) => value !== undefined),
    ) as unknown as Omit<ReaderRow, "state">;
    return {
      ...known,
      state: stateOf(view),
      ...(silence !== undefined && { silence }),
      ...(lastFailure !== undefined && {
        // To the second: an age is measured anew at each look.
        lastFailure: {
          message: lastFailure.message,
          atMs: Math.round((now - lastFailure.ageMs) / 1_000) * 1_000,
        },
      }),
    };
  });
}

function stateOf({
  silence,
  isHeld,
  consecutiveFailures,
  successes,
}: {
  readonly silence: string | undefined;
  readonly isHeld: boolean;
  readonly consecutiveFailures: number | undefined;
  readonly successes: number | undefined;
}): ReaderRow["state"] {
  if (silence !== undefined) return "silent";
  if (isHeld) return "held";
  if (successes === undefined) return "unseen";
  if (consecutiveFailures !== undefined && consecutiveFailures > 0) return "failing";
  return successes > 0 ? "ok" : "waiting";
}
