import { type EvaluationOptions, evaluationSpec, EVALUATION_KEYS } from "../check/options.ts";
import type { EvaluationSpec } from "../check/evaluate.ts";
import { type IsInside, type TimeWindow, timeWindows } from "../check/time-windows.ts";
import { InvalidOptionError } from "../shared/errors.ts";
import {
  booleanOption,
  integerOption,
  methodsOption,
  numberOption,
  optionsObject,
  textOption,
} from "../shared/options.ts";
import type { Probe } from "./contract.ts";
import { typeOption } from "./stats/options.ts";
import type { TargetsInput } from "./targets/source.ts";

/** What to probe, with which probe, how often, and what the results mean. */
export interface ProbeOptions extends EvaluationOptions {
  /** Its unique name, for metrics and messages. */
  readonly name: string;
  /** The probe: `httpProbe({ … })`, or your own. */
  readonly probe: Probe;
  /** A list, a function, or a source of targets: `fileTargets`, `httpTargets`, `dnsTargets`. */
  readonly targets: TargetsInput;
  /** The time from one run of a target to the next, in milliseconds. @default 30000 */
  readonly intervalMs?: number;
  /** The same while results contradict the status, that is, before it changes. @default intervalMs */
  readonly failingIntervalMs?: number;
  /** The same while the target is down. @default failingIntervalMs */
  readonly downIntervalMs?: number;
  /** The time limit of a run, in milliseconds; at most the interval. @default 5000, or the interval */
  readonly timeoutMs?: number;
  /** How long the probe may then continue before we stop waiting for it, in milliseconds. @default 10000 */
  readonly killTimeoutMs?: number;
  /** A run that takes longer gives a warning, in milliseconds. @default never */
  readonly slowMs?: number;
  /**
   * Whether first runs are spread over the interval, by a hash of each target's name. @default true; false
   * starts all at once
   */
  readonly spread?: boolean;
  /** How many concurrent requests a run makes; each one counts. @default 1 */
  readonly requestsPerProbe?: number;
  /** Whether the probe is expected to fail, for example because a port must be closed. @default false */
  readonly negative?: boolean;
  /** The most concurrent runs of this probe. @default only the limit of all probes */
  readonly concurrency?: number;
  /** When it runs: within `enable`, if given, and never within `disable`. @default always */
  readonly schedule?: {
    readonly enable?: readonly TimeWindow[];
    readonly disable?: readonly TimeWindow[];
  };
  /** When it runs and is measured, but should not alert. @default never */
  readonly maintenance?: readonly TimeWindow[];
  /** Names of probes whose failure explains a failure of this one. @default none */
  readonly dependsOn?: readonly string[];
  /** How often a targets function is called, in milliseconds. @default 60000, or the interval */
  readonly targetsRefreshMs?: number;
  /** The most targets; a longer list is rejected. @default 100000 */
  readonly maxTargets?: number;
}

/** Checked {@link ProbeOptions}. */
export interface ProbeSettings {
  readonly name: string;
  readonly probe: Probe;
  readonly targets: TargetsInput;
  readonly intervalMs: number;
  readonly failingIntervalMs: number;
  readonly downIntervalMs: number;
  readonly timeoutMs: number;
  readonly killTimeoutMs: number;
  readonly slowMs: number;
  readonly spread: boolean;
  readonly requestsPerProbe: number;
  readonly negative: boolean;
  readonly concurrency: number;
  readonly evaluation: EvaluationSpec;
  readonly isScheduled: IsInside;
  readonly isMaintained: IsInside;
  readonly dependsOn: readonly string[];
  readonly targetsRefreshMs: number;
  readonly maxTargets: number;
}

const KEYS: readonly (keyof ProbeOptions)[] = [
  ...(["name", "probe", "targets", "intervalMs", "failingIntervalMs", "downIntervalMs"] as const),
  ...(["timeoutMs", "killTimeoutMs", "slowMs", "spread", "requestsPerProbe", "negative"] as const),
  ...(["concurrency", "schedule", "maintenance", "dependsOn"] as const),
  ...(["targetsRefreshMs", "maxTargets"] as const),
  ...EVALUATION_KEYS,
];
const DAY_MS = 86_400_000;

/** @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` names the option */
export function probeSettings(options: ProbeOptions): ProbeSettings {
  const name = textOption("probes.name", options?.name);
  const path = `probes.${name}`;
  const given = optionsObject(path, options, KEYS);
  const ms = (key: keyof ProbeOptions, byDefault: number, min = 1): number =>
    numberOption(`${path}.${key}`, given[key], { min, max: DAY_MS, default: byDefault });
  const intervalMs = ms("intervalMs", 30_000, 10);
  const failingIntervalMs = ms("failingIntervalMs", intervalMs, 10);
  const downIntervalMs = ms("downIntervalMs", failingIntervalMs, 10);
  const shortest = Math.min(intervalMs, failingIntervalMs, downIntervalMs);
  const timeoutMs = ms("timeoutMs", Math.min(5_000, shortest));
  if (timeoutMs > shortest) {
    throw new InvalidOptionError(
      `${path}.timeoutMs`,
      `no longer than an interval (${shortest})`,
      timeoutMs,
    );
  }
  return {
    name,
    probe: probeOption(`${path}.probe`, given.probe),
    targets: given.targets ?? missing(`${path}.targets`),
    ...{ intervalMs, failingIntervalMs, downIntervalMs, timeoutMs },
    killTimeoutMs: ms("killTimeoutMs", 10_000),
    slowMs: given.slowMs === undefined ? Infinity : ms("slowMs", 0),
    spread: booleanOption(`${path}.spread`, given.spread, true),
    requestsPerProbe: count(`${path}.requestsPerProbe`, given.requestsPerProbe, 1, 1_000),
    negative: booleanOption(`${path}.negative`, given.negative, false),
    concurrency:
      given.concurrency === undefined
        ? Infinity
        : count(`${path}.concurrency`, given.concurrency, 1, 1_000_000),
    evaluation: evaluationSpec(path, given),
    isScheduled: scheduleOf(`${path}.schedule`, given.schedule),
    isMaintained: timeWindows(`${path}.maintenance`, given.maintenance),
    dependsOn: (given.dependsOn ?? []).map((other, at) =>
      textOption(`${path}.dependsOn[${at}]`, other),
    ),
    targetsRefreshMs: ms("targetsRefreshMs", Math.max(60_000, intervalMs), 100),
    maxTargets: count(`${path}.maxTargets`, given.maxTargets, 100_000, 1_000_000),
  };
}

function scheduleOf(option: string, schedule: ProbeOptions["schedule"]): IsInside {
  const given = optionsObject(option, schedule, ["enable", "disable"]);
  const enabled = timeWindows(`${option}.enable`, given.enable);
  const disabled = timeWindows(`${option}.disable`, given.disable);
  const always = given.enable === undefined || given.enable.length === 0;
  return (wallTimeMs) => (always || enabled(wallTimeMs)) && !disabled(wallTimeMs);
}

function probeOption(option: string, probe: unknown): Probe {
  const given = methodsOption(option, probe as Probe, ["run"]);
  typeOption(`${option}.type`, given.type);
  return given;
}

function count(option: string, value: unknown, byDefault: number, max: number): number {
  return integerOption(option, value, { min: 1, max, default: byDefault });
}

function missing(option: string): never {
  throw new InvalidOptionError(option, "given", undefined);
}
