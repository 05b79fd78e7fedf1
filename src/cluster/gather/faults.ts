import type { Reporter } from "../../shared/report.ts";
import type { ClusterMetrics, Fault } from "./metrics.ts";
import type { Trouble } from "./totals.ts";

/** Reports the faults of a cluster's scrape: counts each one and logs each cause once. */
export class Faults {
  readonly #metrics: ClusterMetrics | undefined;
  readonly #report: Reporter;

  constructor(metrics: ClusterMetrics | undefined, report: Reporter) {
    this.#metrics = metrics;
    this.#report = report;
  }

  /** @param cause each cause is logged once */
  add(fault: Fault, what: string, cause: string = fault): void {
    this.#metrics?.faults.add(1, { "taskmon.reason": fault });
    this.#report.warnOnce(cause, what);
  }

  /** Reports a metric that cannot be added up unchanged. */
  trouble(trouble: Trouble, metric: string): void {
    const what = {
      overflow: `${metric} has more series than maxSeries; the rest share one series`,
      metrics: `There are too many metrics; ${metric} is left out`,
      buckets: `Workers have different buckets for ${metric}; only the common ones are shown`,
      kind: `${metric} has another kind or unit in some workers; their values are left out`,
    };
    this.add(trouble === "metrics" ? "overflow" : trouble, what[trouble], `${trouble} ${metric}`);
  }
}
