import type { Attributes } from "@opentelemetry/api";
import type { MetricRegistry } from "../../metrics/registry.ts";
import { type Clock, systemClock } from "../../shared/clock.ts";
import { InvalidOptionError } from "../../shared/errors.ts";
import {
  booleanOption,
  choiceOption,
  integerOption,
  numberOption,
  optionsObject,
} from "../../shared/options.ts";
import { type GaugeRule, gaugeRules } from "./gauges.ts";
import { withLabel } from "./label.ts";
import { PRIMARY, type TotalsOptions } from "./totals.ts";

/** Options of {@link clusterScrape}. */
export interface ClusterScrapeOptions {
  /**
   * `aggregate`: the metrics of all workers are combined as those of one process. `worker`: each worker has
   * its own series, with a label for the worker. @default "aggregate"
   */
  readonly by?: "aggregate" | "worker";
  /** How long a scrape waits for workers, in milliseconds, 1 to 60,000. @default 2000 */
  readonly timeoutMs?: number;
  /**
   * How the gauges of several workers are combined, by metric name. @default `max` for times, `sum` for
   * others, with a few exceptions (docs/cluster.md)
   */
  readonly gauges?: Readonly<Record<string, GaugeRule>>;
  /** The label that names the worker, with `by: "worker"`. @default "worker" */
  readonly label?: string;
  /**
   * The most series of one metric over all workers, 1 to 1,000,000. The rest go to one series with
   * `otel.metric.overflow`. @default 10000
   */
  readonly maxSeries?: number;
  /**
   * Whether every worker of the cluster and every thread can report, including later ones. If false, only
   * those that you add. @default true
   */
  readonly followAll?: boolean;
  /** The registry for the scrape's own metrics: `taskmon.metrics`. @default none */
  readonly registry?: MetricRegistry;
  /** For tests. @default the machine's clock */
  readonly clock?: Clock;
}

/** The checked options, with defaults filled in. */
export interface ClusterSettings extends Omit<TotalsOptions, "onTrouble"> {
  readonly timeoutMs: number;
  readonly followAll: boolean;
  readonly registry: MetricRegistry | undefined;
  readonly clock: Clock;
}

const OPTIONS = [
  ...(["by", "timeoutMs", "gauges", "label", "maxSeries"] as const),
  ...(["followAll", "registry", "clock"] as const),
];

/** @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` */
export function clusterSettings(options: ClusterScrapeOptions | undefined): ClusterSettings {
  const given = optionsObject("clusterScrape", options, OPTIONS);
  const by = choiceOption("clusterScrape.by", given.by, ["aggregate", "worker"]);
  const label = labelOption(given.label ?? "worker");
  const rules = gaugeRules(given.gauges);
  const labelled = (attributes: Attributes, member: number): Attributes =>
    withLabel(attributes, label, member === PRIMARY ? "primary" : String(member));
  return {
    timeoutMs: numberOption("clusterScrape.timeoutMs", given.timeoutMs, {
      min: 1,
      max: 60_000,
      default: 2_000,
    }),
    maxSeries: integerOption("clusterScrape.maxSeries", given.maxSeries, {
      min: 1,
      max: 1_000_000,
      default: 10_000,
    }),
    // Rules use the names of specs. With `hexNaming` the exported names differ.
    gauges: (name, unit, meter = "") =>
      rules(given.registry?.find(meter, name)?.spec.name ?? name, unit),
    ...(by === "worker" && { labelled }),
    followAll: booleanOption("clusterScrape.followAll", given.followAll, true),
    registry: given.registry,
    clock: given.clock ?? systemClock(),
  };
}

function labelOption(label: string): string {
  if (typeof label === "string" && /^[a-zA-Z_][a-zA-Z0-9_]{0,127}$/.test(label)) return label;
  throw new InvalidOptionError(
    "clusterScrape.label",
    "a label name of letters, digits and underscores",
    label,
  );
}
