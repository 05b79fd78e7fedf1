import { messageOf, TaskmonError } from "../../shared/errors.ts";

/** Receives the outcome of a forwarded request. One of the methods is called, at most once. */
export interface ForwardListener {
  /** The service answered; the head was sent to the client. */
  answered(status: number): void;
  /** The service did not answer. Nothing was sent to the client; the listener must answer it. */
  failed(failure: ForwardError): void;
}

/** A forwarded request got no answer from the service. */
export class ForwardError extends TaskmonError {
  readonly code = "ERR_TASKMON_FORWARD";
  /** The status for the client: 502, or 504 after a timeout (RFC 9110, section 15.6). */
  readonly status: 502 | 504;
  /**
   * Whether the failure shows that the service is down. False if a reused connection turned out to be closed,
   * or if the client caused the failure.
   */
  readonly isEvidence: boolean;

  constructor(reason: string, status: 502 | 504, isEvidence: boolean, options?: ErrorOptions) {
    super(`The service did not answer: ${reason}`, options);
    this.status = status;
    this.isEvidence = isEvidence;
  }
}

/** @param isStale whether the request used a kept-alive connection, which may have been stale */
export function failureOf(error: Error, isStale: boolean): ForwardError {
  const isReset = isResetError(error);
  return new ForwardError(messageOf(error), 502, !(isReset && isStale), { cause: error });
}

/** Whether the peer closed the connection when, or soon after, we sent something. */
export function isResetError(error: Error): boolean {
  return "code" in error && RESETS.has(error.code as string);
}

/** The last one is undici's. */
const RESETS: ReadonlySet<string> = new Set(["ECONNRESET", "EPIPE", "UND_ERR_SOCKET"]);
