import type { MetricSpec } from "../../metrics/index.ts";
import { CHOSEN } from "../dashboard/dashboard.ts";
import { type Exported, labels, type Part } from "../exported.ts";

/** Writes the expressions of one dashboard, filtered by its variables. */
export class Queries {
  readonly exported: Exported;

  constructor(exported: Exported) {
    this.exported = exported;
  }

  /** The series of a metric that are chosen. */
  series(metric: string | MetricSpec, where: readonly string[] = [], part?: Part): string {
    return this.exported.series(metric, [...CHOSEN, ...where], part);
  }

  /** How much a counter grows per second, by these labels. */
  rate(metric: string, by: readonly string[], where: readonly string[] = [], part?: Part): string {
    return `sum by (${labels(...by)}) (rate(${this.series(metric, where, part)}[$__rate_interval]))`;
  }

  /** A quantile of a histogram, by these labels. */
  quantile(
    quantile: number,
    metric: string,
    by: readonly string[],
    where: readonly string[] = [],
  ): string {
    const grouped = this.rate(metric, ["le", ...by], where, "bucket");
    return `histogram_quantile(${quantile}, ${grouped})`;
  }

  /** How many values came in each bucket, for a heatmap. */
  buckets(metric: string, where: readonly string[] = []): string {
    return `sum by (le) (increase(${this.series(metric, where, "bucket")}[$__rate_interval]))`;
  }

  /**
   * The number of the state that each thing is in: of series that are 1 for one of several states, the
   * place of that state in the list, from 1 on.
   */
  stateNumber(
    metric: string,
    label: string,
    states: readonly string[],
    by: readonly string[],
  ): string {
    const numbered = states.map(
      (state, at) => `${this.series(metric, [`${labels(label)}="${state}"`])} * ${at + 1}`,
    );
    return `max by (${labels(...by)}) (${numbered.join(" or ")}) > 0`;
  }
}
