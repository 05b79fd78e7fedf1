import type { BoundUpDownCounter } from "../../metrics/index.ts";
import type { ServerRequestView, ServerResponseView } from "../options.ts";
import type { Scheme } from "./scheme.ts";

/** A measured request to a server, with the facts at its start. */
export interface MeasuredRequest {
  readonly request: ServerRequestView;
  /** The method as a label value. The program may change the request's field later. */
  readonly method: string;
  /** Whether the method is HEAD, whose response has no body. */
  readonly head: boolean;
  readonly scheme: Scheme;
  /** Whether the user agent is a bot or a test. Undefined for people. */
  readonly synthetic: string | undefined;
  /** The length of the body that the header block declares: 0 for no body, undefined for chunks. */
  readonly declared: number | undefined;
  /** `performance.now()` at the end of the header block. */
  readonly startedAt: number;
  /** The counter of active requests that includes this one. */
  readonly active: BoundUpDownCounter | undefined;
  /** A function to call at the end, if the request was measured before it. */
  atEnd: (() => void) | undefined;
}

/** The outcome of a measured request. */
export interface RequestOutcome {
  /** The argument of the `attributes` hook. Read once, and only if there is a hook. */
  readonly response: ServerResponseView;
  readonly protocolVersion: string | undefined;
  readonly status: number | undefined;
  /** Why there is no complete response. Undefined if there is one. */
  readonly unfinished: string | undefined;
  readonly route: string | undefined;
  readonly requestBytes: number | undefined;
  readonly responseBytes: number | undefined;
}
