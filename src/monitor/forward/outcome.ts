import { messageOf, TaskmonError } from "../../shared/errors.ts";

/** What became of a forward, as far as others must know. Each request calls one of the two, at most once. */
export interface ForwardListener {
  /** The head of the service's answer came, and was handed to the client. */
  answered(status: number): void;
  /** There is no answer; nothing was sent to the client, so that the listener answers it. */
  failed(failure: ForwardError): void;
}

/** A request that was handed to a service came back without an answer. */
export class ForwardError extends TaskmonError {
  readonly code = "ERR_TASKMON_FORWARD";
  /** The status for the client: 502, or 504 where time ran out (RFC 9110, section 15.6). */
  readonly status: 502 | 504;
  /**
   * Whether it says something of the service. A connection that was kept and found closed says nothing, nor
   * does a request of which the client's part was at fault.
   */
  readonly isEvidence: boolean;

  constructor(reason: string, status: 502 | 504, isEvidence: boolean, options?: ErrorOptions) {
    super(`The service did not answer: ${reason}`, options);
    this.status = status;
    this.isEvidence = isEvidence;
  }
}

/** @param isStale whether it happened on a connection that had been kept */
export function failureOf(error: Error, isStale: boolean): ForwardError {
  const isReset = isResetError(error);
  return new ForwardError(messageOf(error), 502, !(isReset && isStale), { cause: error });
}

/** Whether a connection was gone when, or soon after, something was sent on it. */
export function isResetError(error: Error): boolean {
  return "code" in error && RESETS.has(error.code as string);
}

/** The last one is undici's. */
const RESETS: ReadonlySet<string> = new Set(["ECONNRESET", "EPIPE", "UND_ERR_SOCKET"]);
