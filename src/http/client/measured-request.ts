import type { ClientRequestView } from "../options.ts";
import type { ActiveCount, Origin } from "./origin.ts";

/** A request that was made and is not over. */
export interface MeasuredRequest {
  /** As a label names it. */
  readonly method: string;
  readonly origin: Origin;
  /** The template in whose scope it was made. */
  readonly template: string | undefined;
  /** The service that it is for, where a guard forwards it. */
  readonly peer: string | undefined;
  /** Where it is counted as active; undefined while it is not. */
  activeCount: ActiveCount | undefined;
  /** For the hooks; undefined where there are none. */
  readonly view: ClientRequestView | undefined;
  /** `performance.now()` when the program made it. */
  readonly startedAt: number;
}
