import type { Recovery, Silence } from "../reader/index.ts";
import type { ShutdownReport } from "../shutdown/index.ts";

/** The events of `taskmon.on`, and what each listener gets. */
export type TaskmonEvents = {
  /** A reader has gone silent. */
  readonly silent: Silence;
  /** An export of the reader succeeded again. */
  readonly recovered: Recovery;
  /** The shutdown is over. */
  readonly shutdown: ShutdownReport;
};
