import { describe } from "../shared/errors.ts";

/**
 * The outcome of one run of a check. `warn`: working, but degraded. `unknown`: inconclusive, because the event
 * loop was blocked while the check ran.
 */
export type Outcome = "pass" | "warn" | "fail" | "unknown";

/** The status of a check after its results so far; `unknown` before the first conclusive result. */
export type Status = Outcome;

/** The return value of a check. */
export interface CheckAnswer {
  readonly status: "pass" | "warn" | "fail";
  /** For people: the reason. Only the first 1000 characters are kept. */
  readonly message?: string;
  /** Values to show with it. */
  readonly data?: Readonly<Record<string, unknown>>;
}

/** What a check gets. */
export interface CheckContext {
  /** Aborts at the time limit of the check, or when nobody needs its result any more. */
  readonly signal: AbortSignal;
}

/** A check. If it returns nothing, it passed; if it throws, it failed. */
export type CheckFunction = (
  context: CheckContext,
) => CheckAnswer | void | Promise<CheckAnswer | void>;

/** The finding of a run, before it is evaluated. */
export interface Finding {
  readonly outcome: Outcome;
  /** The reason why the outcome is not `pass`, if there is more than the check's message. */
  readonly error?: Error;
  readonly message?: string;
  readonly data?: Readonly<Record<string, unknown>>;
  /** How long the event loop was blocked during the run, in milliseconds; absent if it was not. */
  readonly stalledMs?: number;
}

/** One result of a check. */
export interface CheckResult extends Finding {
  /** The status of the check after this result. */
  readonly status: Status;
  /**
   * When the run began, in milliseconds since the Unix epoch. Each result has a later time than the previous
   * one: if the wall clock went back, by a thousandth of a millisecond.
   */
  readonly startedAt: number;
  readonly durationMs: number;
  /**
   * How many runs failed in a row so far. An unknown run does not change it; -1 before the first conclusive
   * run.
   */
  readonly consecutiveFailures: number;
}

/** The finding for a check's return value. Never throws; an invalid value is a failure. */
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
  if (typeof value !== "object" || value === null) return invalidAnswer(value);
  const { status, message, data } = value as Partial<CheckAnswer>;
  if (status !== "pass" && status !== "warn" && status !== "fail") return invalidAnswer(value);
  const text = typeof message === "string" ? clip(message) : undefined;
  return {
    outcome: status,
    ...(text !== undefined && { message: text }),
    ...(typeof data === "object" && data !== null && { data }),
    ...(status === "fail" && { error: new Error(text ?? "The check answered that it failed") }),
  };
}

/** Messages go into events, reports and answers, so a long one is cut. */
const MAX_MESSAGE = 1_000;

function clip(message: string): string {
  return message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE)} …` : message;
}

function invalidAnswer(value: unknown): Finding {
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
