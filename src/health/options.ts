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

/** Whether a check tests only this process, or something that the process depends on. */
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
   * The same while results contradict the status, that is, before it changes.
   * @default that of the health checks, 2000, or `intervalMs` if that is shorter
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
  /** The groups that the check belongs to: liveness, readiness, startup, or your own. @default readiness */
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
 * What the options must add for the group `liveness`. It takes only checks of the process: to restart a process
 * because a dependency is down does not bring the dependency back.
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
/** The longest time that an option may give, in milliseconds. */
export const YEAR_MS = 31_536_000_000;

/**
 * The settings from the options and the configuration's overrides.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` names the option
 */
export function checkSettings(
  name: string,
  check: HealthCheckFunction,
  options: HealthCheckOptions | undefined,
  override: SpecOverride,
  defaults: DefaultIntervals,
  seed: number,
): CheckSettings {
  const path = `health.${name}`;
  const given = optionsObject(path, options, KEYS);
  const ms = (key: keyof HealthCheckOptions, byDefault: number, min = 1): number =>
    numberOption(`${path}.${key}`, given[key], { min, max: YEAR_MS, default: byDefault });
  const intervalMs = override.intervalMs ?? ms("intervalMs", defaults.intervalMs);
  const failing = Math.min(defaults.failingIntervalMs, intervalMs);
  const failingIntervalMs = ms("failingIntervalMs", failing);
  const groups = names(`${path}.groups`, given.groups, ["readiness"]);
  if (groups.includes("health")) {
    throw new InvalidOptionError(`${path}.groups`, "without health, which is all checks", "health");
  }
  const scope = scopeOf(`${path}.scope`, check, given.scope);
  if (groups.includes("liveness") && scope !== "process") {
    const expected = "without liveness unless scope is process";
    throw new InvalidOptionError(`${path}.groups`, expected, "liveness");
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
      jitter: numberOption(`${path}.jitter`, given.jitter, { min: 0, max: 0.99, default: 0.1 }),
      seed,
    },
    evaluation: evaluationSpec(path, given),
    groups,
    scope,
    critical: booleanOption(`${path}.critical`, given.critical, true),
    dependsOn: names(`${path}.dependsOn`, given.dependsOn, []),
  };
}

/** If a check declares itself a dependency check, options cannot change that. */
function scopeOf(option: string, check: HealthCheckFunction, given: unknown): CheckScope {
  const scope = choiceOption(option, given ?? check.scope, ["dependency", "process"]);
  if (check.scope === "dependency" && scope === "process") {
    throw new InvalidOptionError(
      option,
      "dependency, the scope that the check declares itself",
      given,
    );
  }
  return scope;
}

function names(option: string, value: unknown, byDefault: readonly string[]): readonly string[] {
  if (value === undefined) return byDefault;
  if (!Array.isArray(value)) throw new InvalidOptionError(option, "a list of names", value);
  return [...new Set(value.map((name: unknown) => textOption(option, name)))];
}
