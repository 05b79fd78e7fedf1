import type { Reporter } from "../../shared/report.ts";
import type { ClusterMetrics, Fault } from "./metrics.ts";
import type { Trouble } from "./totals.ts";

/** What goes wrong in a cluster's scrape: counted each time, said once. */
export class Faults {
  readonly #metrics: ClusterMetrics | undefined;
  readonly #report: Reporter;

  constructor(metrics: ClusterMetrics | undefined, report: Reporter) {
    this.#metrics = metrics;
    this.#report = report;
  }

  /** @param cause what is said once for each */
  add(fault: Fault, what: string, cause: string = fault): void {
    this.#metrics?.faults.add(1, { "taskmon.reason": fault });
    this.#report.warnOnce(cause, what);
  }

  /** Something cannot be added up as it is. */
  trouble(trouble: Trouble, metric: string): void {
    const what = {
      overflow: `${metric} has more series than are kept; the rest is one series`,
      metrics: `There are more metrics than are kept; ${metric} is left out`,
      buckets: `Workers have different buckets for ${metric}; those that all have are shown`,
      kind: `${metric} is of another kind or unit in some workers, and left out there`,
    };
    this.add(trouble === "metrics" ? "overflow" : trouble, what[trouble], `${trouble} ${metric}`);
  }
}
