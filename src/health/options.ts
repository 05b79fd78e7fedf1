import type { EvaluationSpec } from "../check/evaluate.ts";
import { type EvaluationOptions, evaluationSpec } from "../check/options.ts";
import type { CheckFunction } from "../check/result.ts";
import type { ScheduleSpec } from "../check/schedule.ts";
import type { IdInput } from "../identity/id.ts";
import { InvalidOptionError } from "../shared/errors.ts";
import {
  booleanOption,
  choiceOption,
  keysOf,
  numberOption,
  optionsObject,
  textOption,
} from "../shared/options.ts";

/** Whether a check looks at this process alone, or at something that it depends on. */
export type CheckScope = "process" | "dependency";

/** A health check. It may have its scope built in, so that the options need not repeat it. */
export type HealthCheckFunction = CheckFunction & { readonly scope?: CheckScope };

/** How one health check runs and what its result means. */
export interface HealthCheckOptions extends EvaluationOptions {
  /** The check's 64-bit id. @default made from its name */
  readonly id?: IdInput;
  /** The time from one run to the next, in milliseconds. @default that of the health checks: 15000 */
  readonly intervalMs?: number;
  /**
   * The same while results contradict the status, that is, before it changes. @default that of the health
   * checks, 2000, or `intervalMs` where that is shorter
   */
  readonly failingIntervalMs?: number;
  /** The same while the check is down. @default failingIntervalMs */
  readonly downIntervalMs?: number;
  /** The shortest time from the registration to the first run, in milliseconds. @default 0 */
  readonly initialDelayMs?: number;
  /** The share of the interval by which runs are delayed at random; see the guide. @default 0.1 */
  readonly jitter?: number;
  /** The longest run before the check counts as failed, in milliseconds. @default 5000 */
  readonly timeoutMs?: number;
  /**
   * How long its function may then continue before we stop waiting for it, in milliseconds. @default 10000
   */
  readonly killTimeoutMs?: number;
  /** A run that passes but takes longer than this gives a warning, in milliseconds. @default never */
  readonly slowMs?: number;
  /** What the check counts for: liveness, readiness, startup, or groups of your own. @default readiness */
  readonly groups?: readonly string[];
  /**
   * Whether the check depends on something outside this process; the liveness group takes only `process`.
   * @default "dependency"
   */
  readonly scope?: CheckScope;
  /** Whether a failure fails its groups; if false, it only degrades them. @default true */
  readonly critical?: boolean;
  /** Names of checks whose failure explains a failure of this one. @default none */
  readonly dependsOn?: readonly string[];
  /** Whether it replaces an existing check of the same name. @default true */
  readonly replace?: boolean;
}

/**
 * What the options must add for the group `liveness`: a process that is restarted because a
 * dependency is down does not bring the dependency back. Liveness takes only checks of the process.
 */
export type LivenessRule<F, O> =
  "liveness" extends GroupOf<O>
    ? F extends { readonly scope: "process" }
      ? unknown
      : F extends { readonly scope: "dependency" }
        ? { readonly groups: readonly "a check that looks beyond the process is not in liveness"[] }
        : { readonly scope: "process" }
    : unknown;

type GroupOf<O> = O extends { readonly groups: readonly (infer G)[] } ? G : never;

/** Options with every default filled in. */
export interface CheckSettings {
  readonly timeoutMs: number;
  readonly killTimeoutMs: number;
  readonly slowMs: number;
  readonly schedule: ScheduleSpec;
  readonly evaluation: EvaluationSpec;
  readonly groups: readonly string[];
  readonly scope: CheckScope;
  readonly critical: boolean;
  readonly dependsOn: readonly string[];
}

/** The overrides of a check from a configuration. */
export interface SpecOverride {
  readonly intervalMs?: number;
  readonly timeoutMs?: number;
}

/** The default intervals of checks. */
export interface DefaultIntervals {
  readonly intervalMs: number;
  readonly failingIntervalMs: number;
}

const KEYS = keysOf<HealthCheckOptions>({
  ...{ id: true, intervalMs: true, failingIntervalMs: true, downIntervalMs: true },
  ...{ initialDelayMs: true, jitter: true, timeoutMs: true, killTimeoutMs: true, slowMs: true },
  ...{ rise: true, fall: true, window: true, maxErrorMs: true, groups: true, scope: true },
  ...{ critical: true, dependsOn: true, replace: true },
});
/** The longest time that an option may say, in milliseconds. */
export const YEAR_MS = 31_536_000_000;

/**
 * The settings from the options and the configuration's overrides.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` names the option
 */
export function checkSettings(
  check: HealthCheckFunction,
  options: HealthCheckOptions | undefined,
  override: SpecOverride,
  defaults: DefaultIntervals,
  seed: number,
): CheckSettings {
  const given = optionsObject("health check", options, KEYS);
  const ms = (key: keyof HealthCheckOptions, byDefault: number, min = 1): number =>
    numberOption(key, given[key], { min, max: YEAR_MS, default: byDefault });
  const intervalMs = override.intervalMs ?? ms("intervalMs", defaults.intervalMs);
  const failing = Math.min(defaults.failingIntervalMs, intervalMs);
  const failingIntervalMs = ms("failingIntervalMs", failing);
  const groups = names("groups", given.groups, ["readiness"]);
  if (groups.includes("health")) {
    throw new InvalidOptionError("groups", "without health, which is all checks", "health");
  }
  const scope = scopeOf(check, given.scope);
  if (groups.includes("liveness") && scope !== "process") {
    throw new InvalidOptionError("groups", "without liveness unless scope is process", "liveness");
  }
  return {
    timeoutMs: override.timeoutMs ?? ms("timeoutMs", 5_000),
    killTimeoutMs: ms("killTimeoutMs", 10_000),
    slowMs: given.slowMs === undefined ? Infinity : ms("slowMs", 0),
    schedule: {
      intervalMs,
      failingIntervalMs,
      downIntervalMs: ms("downIntervalMs", failingIntervalMs),
      initialDelayMs: ms("initialDelayMs", 0, 0),
      jitter: numberOption("jitter", given.jitter, { min: 0, max: 0.99, default: 0.1 }),
      seed,
    },
    evaluation: evaluationSpec(given),
    groups,
    scope,
    critical: booleanOption("critical", given.critical, true),
    dependsOn: names("dependsOn", given.dependsOn, []),
  };
}

/** A check that says of itself that it looks beyond the process cannot be declared otherwise. */
function scopeOf(check: HealthCheckFunction, given: unknown): CheckScope {
  const scope = choiceOption("scope", given ?? check.scope, ["dependency", "process"]);
  if (check.scope === "dependency" && scope === "process") {
    throw new InvalidOptionError("scope", "dependency, which is what the check says", given);
  }
  return scope;
}

function names(option: string, value: unknown, byDefault: readonly string[]): readonly string[] {
  if (value === undefined) return byDefault;
  if (!Array.isArray(value)) throw new InvalidOptionError(option, "a list of names", value);
  return [...new Set(value.map((name: unknown) => textOption(option, name)))];
}
