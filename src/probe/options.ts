import { type Clock, systemClock } from "../shared/clock.ts";
import { integerOption, optionsObject } from "../shared/options.ts";
import {
  STATS_KEYS,
  type StatsOptions,
  type StatsSettings,
  statsSettings,
} from "./stats/options.ts";

/** Options of `createProbes`. */
export interface ProbesOptions extends StatsOptions {
  /** The most concurrent runs of all probes. @default 1000 */
  readonly concurrency?: number;
}

/** Checked {@link ProbesOptions}. */
export interface ProbesSettings {
  readonly clock: Clock;
  readonly concurrency: number;
  readonly stats: StatsSettings;
}

/** @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` names the option */
export function probesSettings(options: ProbesOptions | undefined): ProbesSettings {
  const given = optionsObject("probes", options, [...STATS_KEYS, "concurrency"]);
  const clock = given.clock ?? systemClock();
  return {
    clock,
    concurrency: integerOption("probes.concurrency", given.concurrency, {
      ...{ min: 1, max: 1_000_000, default: 1_000 },
    }),
    stats: statsSettings("probes", { ...given, clock }),
  };
}
