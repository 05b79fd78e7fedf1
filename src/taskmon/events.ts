import type { Recovery, Silence } from "../reader/index.ts";
import type { ShutdownReport } from "../shutdown/index.ts";

/** What `taskmon.on` can follow, and what each listener is given. */
export type TaskmonEvents = {
  /** A reader has gone silent. */
  readonly silent: Silence;
  /** It brought something through again. */
  readonly recovered: Recovery;
  /** The shutdown is over. */
  readonly shutdown: ShutdownReport;
};
