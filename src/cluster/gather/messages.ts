import { isCount, isText } from "../channels/checks.ts";
import type { Message } from "../channels/envelope.ts";

/** A message of a worker. `session` identifies one share of one reader. */
export type WorkerMessage =
  /** The worker offers its reports. */
  | { readonly type: "hello"; readonly session: string }
  /** A part of a report, because the primary requested it, or because the worker ends. */
  | ({ readonly type: "report"; readonly session: string } & ReportPart)
  /** The worker could not collect. */
  | { readonly type: "failed"; readonly session: string; readonly error: string }
  /** The worker leaves. It has already sent its last report. */
  | { readonly type: "bye"; readonly session: string };

/** A part of a report. A report is divided into parts, so that each one is little work. */
export interface ReportPart {
  /** The index of the part. A report begins with 0. */
  readonly part: number;
  /** Whether it is the last part. */
  readonly last: boolean;
  /** The result of `encode`. It comes from another process, so it must be decoded. */
  readonly scopes: unknown;
  /** The number of collection errors. If there are some, the report may be incomplete. */
  readonly errors: number;
}

/** A message of the primary. */
export type PrimaryMessage =
  /** The primary has received the hello. */
  | { readonly type: "welcome"; readonly session: string }
  /** The primary requests a report. */
  | { readonly type: "collect"; readonly session: string }
  /** The primary has processed a part, and requests the next one. */
  | { readonly type: "more"; readonly session: string }
  /** The primary has stopped its scrape. */
  | { readonly type: "bye" };

const MAX_SESSION = 64;
const MAX_ERROR = 1_000;

/** Returns the checked message of a worker, or undefined if it is invalid. */
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

/** Returns the checked message of the primary, or undefined if it is invalid. */
export function primaryMessage(message: Message): PrimaryMessage | undefined {
  const { type, session } = message;
  if (type === "bye") return { type };
  if (!isText(session, MAX_SESSION)) return undefined;
  return type === "welcome" || type === "collect" || type === "more"
    ? { type, session }
    : undefined;
}
