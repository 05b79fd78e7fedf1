import type { BoundUpDownCounter } from "../../metrics/index.ts";
import type { ServerRequestView, ServerResponseView } from "../options.ts";
import type { Scheme } from "./scheme.ts";

/** A request that a server has received and that is measured: what was true at its start. */
export interface MeasuredRequest {
  readonly request: ServerRequestView;
  /** As a label may name it; programs may change the request's own field later. */
  readonly method: string;
  /** Whether the method is HEAD, to which no body answers. */
  readonly head: boolean;
  readonly scheme: Scheme;
  /** What the user agent is, unless it is a person's. */
  readonly synthetic: string | undefined;
  /** The length of the body that the header block declares: 0 for none; undefined for chunks. */
  readonly declared: number | undefined;
  /** `performance.now()` when the header block had been read. */
  readonly startedAt: number;
  /** Counts the request while it is active. */
  readonly active: BoundUpDownCounter | undefined;
  /** What is to be called at its end where it was measured before. */
  atEnd: (() => void) | undefined;
}

/** How a measured request ended. */
export interface Ending {
  /** For the `attributes` hook; asked for once, and only where there is one. */
  readonly response: ServerResponseView;
  readonly protocolVersion: string | undefined;
  readonly status: number | undefined;
  /** Why there is no whole response; undefined where there is one. */
  readonly unfinished: string | undefined;
  readonly route: string | undefined;
  readonly requestBytes: number | undefined;
  readonly responseBytes: number | undefined;
}
