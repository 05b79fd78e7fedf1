import { describe } from "../shared/errors.ts";

/**
 * What one run of a check found: `warn` is working, but degraded; `unknown` proves nothing, because
 * the event loop stood still while the check ran.
 */
export type Outcome = "pass" | "warn" | "fail" | "unknown";

/** Where a check stands after its results so far; `unknown` before the first that proves something. */
export type Status = Outcome;

/** What a check may answer. */
export interface CheckAnswer {
  readonly status: "pass" | "warn" | "fail";
  /** For people: why. No more than its first 1000 characters are kept. */
  readonly message?: string;
  /** Values worth showing beside it. */
  readonly data?: Readonly<Record<string, unknown>>;
}

/** What a check is given. */
export interface CheckContext {
  /** Aborts when the check has run for too long, or nobody wants its answer any more. */
  readonly signal: AbortSignal;
}

/** A check: nothing answered means that it passed, something thrown that it failed. */
export type CheckFunction = (
  context: CheckContext,
) => CheckAnswer | void | Promise<CheckAnswer | void>;

/** What a run found, before anyone judges it. */
export interface Finding {
  readonly outcome: Outcome;
  /** Why the outcome is not `pass`, where there is more to say than the check's message. */
  readonly error?: Error;
  readonly message?: string;
  readonly data?: Readonly<Record<string, unknown>>;
  /** How long the event loop stood still meanwhile, in milliseconds, where that was noticed. */
  readonly stalledMs?: number;
}

/** One result of a check. */
export interface CheckResult extends Finding {
  /** Where the check stands with this result. */
  readonly status: Status;
  /**
   * When the run began, in milliseconds since the Unix epoch. Later in every result than in the one
   * before: while the wall clock is behind, by a thousandth.
   */
  readonly startedAt: number;
  readonly durationMs: number;
  /**
   * How many runs failed in a row up to now; an unknown one counts neither way, and is -1 where no run
   * before it proved anything.
   */
  readonly consecutiveFailures: number;
}

/** What the value that a check returned means. Never throws; a value that means nothing is a failure. */
export function readAnswer(value: unknown): Finding {
  try {
    return value === undefined ? { outcome: "pass" } : readObject(value);
  } catch (error) {
    return failure(error);
  }
}

/** The finding that a check failed with `error`, whatever was thrown. */
export function failure(error: unknown): Finding {
  return { outcome: "fail", error: asError(error) };
}

function readObject(value: unknown): Finding {
  if (typeof value !== "object" || value === null) return rubbish(value);
  const { status, message, data } = value as Partial<CheckAnswer>;
  if (status !== "pass" && status !== "warn" && status !== "fail") return rubbish(value);
  const text = typeof message === "string" ? clip(message) : undefined;
  return {
    outcome: status,
    ...(text !== undefined && { message: text }),
    ...(typeof data === "object" && data !== null && { data }),
    ...(status === "fail" && { error: new Error(text ?? "The check answered that it failed") }),
  };
}

/** A message goes into events, reports and answers; a check may answer with a whole page. */
const MAX_MESSAGE = 1_000;

function clip(message: string): string {
  return message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE)} …` : message;
}

function rubbish(value: unknown): Finding {
  return failure(
    new TypeError(
      `A check must return nothing or { status: "pass" | "warn" | "fail" }, got ${describe(value)}`,
    ),
  );
}

function asError(error: unknown): Error {
  try {
    if (error instanceof Error) return error;
    return new Error(`The check threw ${describe(error)}`);
  } catch {
    return new Error("The check threw something that cannot be read");
  }
}
