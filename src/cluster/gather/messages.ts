import { isCount, isText } from "../channels/checks.ts";
import type { Message } from "../channels/envelope.ts";

/** What a worker says. `session` is one share of one reader. */
export type WorkerMessage =
  /** It would report what its reader collects. */
  | { readonly type: "hello"; readonly session: string }
  /** A part of what its reader has collected, because it was asked to, or because it ends. */
  | ({ readonly type: "report"; readonly session: string } & ReportPart)
  /** It could not collect. */
  | { readonly type: "failed"; readonly session: string; readonly error: string }
  /** It reports no more; its last report came before. */
  | { readonly type: "bye"; readonly session: string };

/** A part of what a reader has collected: a report has as many as it takes, so that each is a short piece of work. */
export interface ReportPart {
  /** From 0, with which a report begins. */
  readonly part: number;
  /** Whether it ends the report. */
  readonly last: boolean;
  /** As `encode` writes it; from outside: still to be decoded. */
  readonly scopes: unknown;
  /** How many errors there were on the way: something may be missing that is there. */
  readonly errors: number;
}

/** What the primary says. */
export type PrimaryMessage =
  /** It has heard the hello. */
  | { readonly type: "welcome"; readonly session: string }
  /** It wants a report. */
  | { readonly type: "collect"; readonly session: string }
  /** It has taken a part in, and wants the next one. */
  | { readonly type: "more"; readonly session: string }
  /** It scrapes no more. */
  | { readonly type: "bye" };

const MAX_SESSION = 64;
const MAX_ERROR = 1_000;

/** What a worker says; undefined where it says nothing that can be understood. */
export function workerMessage(message: Message): WorkerMessage | undefined {
  const { type, session, part, last, scopes, errors = 0, error } = message;
  if (!isText(session, MAX_SESSION)) return undefined;
  switch (type) {
    case "hello":
      return { type, session };
    case "failed":
      return isText(error, MAX_ERROR) ? { type, session, error } : undefined;
    case "report":
      if (!isCount(part) || typeof last !== "boolean" || !isCount(errors)) return undefined;
      return { type, session, part, last, scopes, errors };
    case "bye":
      return { type, session };
    default:
      return undefined;
  }
}

/** What the primary says; undefined where it says nothing that can be understood. */
export function primaryMessage(message: Message): PrimaryMessage | undefined {
  const { type, session } = message;
  if (type === "bye") return { type };
  if (!isText(session, MAX_SESSION)) return undefined;
  return type === "welcome" || type === "collect" || type === "more"
    ? { type, session }
    : undefined;
}
