import { isCount, isText } from "../channels/checks.ts";
import type { Message } from "../channels/envelope.ts";

/** What a worker says. `session` is one share of one reader. */
export type WorkerMessage =
  /** It would report what its reader collects. */
  | { readonly type: "hello"; readonly session: string }
  /** What its reader has collected, because it was asked to. */
  | ({ readonly type: "report"; readonly session: string } & Report)
  /** It could not collect. */
  | { readonly type: "failed"; readonly session: string; readonly error: string }
  /** It reports no more; the last report comes with it, if there is one. */
  | ({ readonly type: "bye"; readonly session: string } & Partial<Report>);

/** What a reader has collected. */
export interface Report {
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
  /** It scrapes no more. */
  | { readonly type: "bye" };

const MAX_SESSION = 64;
const MAX_ERROR = 1_000;

/** What a worker says; undefined where it says nothing that can be understood. */
export function workerMessage(message: Message): WorkerMessage | undefined {
  const { type, session, scopes, errors = 0, error } = message;
  if (!isText(session, MAX_SESSION)) return undefined;
  switch (type) {
    case "hello":
      return { type, session };
    case "failed":
      return isText(error, MAX_ERROR) ? { type, session, error } : undefined;
    case "report":
    case "bye":
      return isCount(errors) ? { type, session, scopes, errors } : undefined;
    default:
      return undefined;
  }
}

/** What the primary says; undefined where it says nothing that can be understood. */
export function primaryMessage(message: Message): PrimaryMessage | undefined {
  const { type, session } = message;
  if (type === "bye") return { type };
  if (!isText(session, MAX_SESSION)) return undefined;
  return type === "welcome" || type === "collect" ? { type, session } : undefined;
}
