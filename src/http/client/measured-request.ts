import type { ClientRequestView } from "../options.ts";
import type { ActiveCount, Origin } from "./origin.ts";

/** A request in progress. */
export interface MeasuredRequest {
  /** The method as a label value. */
  readonly method: string;
  readonly origin: Origin;
  /** The template of the `withUrlTemplate` call in which the request was made. */
  readonly template: string | undefined;
  /** The name of the target service, if a guard forwards the request. */
  readonly peer: string | undefined;
  /** The count of active requests that includes it. Undefined while it is not active. */
  activeCount: ActiveCount | undefined;
  /** The argument of the hooks. Undefined if there are no hooks. */
  readonly view: ClientRequestView | undefined;
  /** `performance.now()` when the program made the request. */
  readonly startedAt: number;
}
