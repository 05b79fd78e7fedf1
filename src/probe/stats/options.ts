import { MetricRegistry } from "../../metrics/registry.ts";
import { type Clock, systemClock } from "../../shared/clock.ts";
import { InvalidOptionError } from "../../shared/errors.ts";
import {
  choiceOption,
  integerOption,
  methodsOption,
  numberOption,
  optionsObject,
  textOption,
} from "../../shared/options.ts";
import type { ProbeMetric } from "../contract.ts";
import { LATENCY_BUCKETS } from "../metrics.ts";
import { NAMINGS, type ProbeNaming } from "../naming/create-naming.ts";
import type { TargetInput } from "../target.ts";

/** How results become metrics. */
export interface StatsOptions {
  /** The registry for the metrics. @default its own; see `metricProducer` */
  readonly registry?: MetricRegistry;
  /** The target labels that become metric labels. @default none */
  readonly targetLabels?: readonly string[];
  /**
   * The metric names: our own, or those of cloudprober or blackbox_exporter, for their dashboards and
   * alerts. @default "taskmon"
   */
  readonly naming?: ProbeNaming;
  /** Upper bounds of the latency histograms, in seconds, inclusive. @default from 0.0005 to 30 */
  readonly buckets?: readonly number[];
  /**
   * How long we keep the counts of a target that is no longer listed, in milliseconds. If it comes back, it
   * continues from there. @default 600000
   */
  readonly keepMs?: number;
  /** The most targets with counts, listed or not. @default 100000 */
  readonly maxTargets?: number;
  /** For tests. @default the machine's clock */
  readonly clock?: Clock;
}

/** Options of `createStatsKeeper`. */
export interface StatsKeeperOptions extends StatsOptions {
  /** The kind of probe: `http`. */
  readonly type: string;
  /** The name of the probe. */
  readonly name: string;
  /** Returns the current targets; called at each collection. If it throws, the last list stays. */
  readonly targets: () => readonly TargetInput[];
  /** The names of the validators in results. @default none */
  readonly validators?: readonly string[];
  /** The additional metrics in results. @default none */
  readonly metrics?: readonly ProbeMetric[];
}

/** Checked {@link StatsOptions}. */
export interface StatsSettings {
  readonly registry: MetricRegistry;
  readonly targetLabels: readonly string[];
  readonly naming: ProbeNaming;
  readonly buckets: readonly number[];
  readonly keepMs: number;
  readonly maxTargets: number;
  readonly clock: Clock;
}

/** The names of the options. */
export const STATS_KEYS: readonly (keyof StatsOptions)[] = [
  ...(["registry", "targetLabels", "naming", "buckets"] as const),
  ...(["keepMs", "maxTargets", "clock"] as const),
];

/** @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` names the option */
export function statsSettings(path: string, given: Partial<StatsOptions>): StatsSettings {
  return {
    registry:
      given.registry === undefined
        ? new MetricRegistry({ delivery: "auto" })
        : methodsOption(`${path}.registry`, given.registry, ["counter", "beforeCollection"]),
    targetLabels: namesOption(`${path}.targetLabels`, given.targetLabels),
    naming: choiceOption(`${path}.naming`, given.naming, NAMINGS),
    buckets: given.buckets ?? LATENCY_BUCKETS,
    keepMs: numberOption(`${path}.keepMs`, given.keepMs, {
      ...{ min: 0, max: 31_536_000_000, default: 600_000 },
    }),
    maxTargets: integerOption(`${path}.maxTargets`, given.maxTargets, {
      ...{ min: 1, max: 1_000_000, default: 100_000 },
    }),
    clock: given.clock ?? systemClock(),
  };
}

/** @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` names the option */
export function keeperOptions(options: StatsKeeperOptions): StatsKeeperOptions {
  const given = optionsObject("createStatsKeeper", options, [
    ...STATS_KEYS,
    ...(["type", "name", "targets", "validators", "metrics"] as const),
  ]);
  if (typeof given.targets !== "function") {
    throw new InvalidOptionError(
      "createStatsKeeper.targets",
      "a function that returns the list",
      given.targets,
    );
  }
  return {
    ...given,
    name: textOption("createStatsKeeper.name", given.name),
    type: typeOption("createStatsKeeper.type", given.type),
    targets: given.targets,
    validators: namesOption("createStatsKeeper.validators", given.validators),
  };
}

/** @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` */
export function typeOption(option: string, value: unknown): string {
  const type = textOption(option, value, 64);
  if (!/^[a-z][a-z0-9_]*$/.test(type)) {
    throw new InvalidOptionError(option, "lower-case letters, digits and _", value);
  }
  return type;
}

/** A list of texts without repetition. */
function namesOption(option: string, value: unknown): readonly string[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new InvalidOptionError(option, "a list of names", value);
  return [...new Set(value.map((name: unknown, at) => textOption(`${option}[${at}]`, name)))];
}
