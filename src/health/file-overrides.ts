import { type IdInput, parseNonZeroId } from "../identity/id.ts";
import { InvalidOptionError } from "../shared/errors.ts";
import { keysOf, numberOption, optionsObject, textOption } from "../shared/options.ts";
import { type SpecOverride, YEAR_MS } from "./options.ts";

/**
 * Overrides of health checks from a configuration, for example the result of `loadMetricSpecs`. They win
 * over the options in the code.
 */
export interface HealthOverrides {
  readonly healthChecks?: readonly HealthCheckOverride[];
}

/** The overrides of one check in a configuration. It identifies the check by id or name. */
export interface HealthCheckOverride {
  readonly id?: IdInput;
  readonly name?: string;
  /** The time from one run to the next, in milliseconds. @default as in the code */
  readonly intervalMs?: number;
  /** The longest run before the check counts as failed, in milliseconds. @default as in the code */
  readonly timeoutMs?: number;
}

/** Finds the overrides of a check. */
export type OverrideLookup = (name: string, id: bigint) => SpecOverride;

const KEYS = keysOf<HealthCheckOverride>({
  id: true,
  name: true,
  intervalMs: true,
  timeoutMs: true,
});

/**
 * Reads a configuration.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` names the entry; an interval or a timeout of
 *   zero is refused
 */
export function readOverrides(overrides: HealthOverrides | undefined): OverrideLookup {
  // A spec file has other sections too; other parts read those.
  const list = overrides?.healthChecks ?? [];
  if (!Array.isArray(list)) {
    throw new InvalidOptionError("overrides.healthChecks", "a list", list);
  }
  const byId = new Map<bigint, SpecOverride>();
  const byName = new Map<string, SpecOverride>();
  (list as readonly HealthCheckOverride[]).forEach((entry, index) => {
    const option = `overrides.healthChecks[${index}]`;
    const given = optionsObject(option, entry, KEYS);
    if (given.id === undefined && given.name === undefined) {
      throw new InvalidOptionError(option, "an entry with an id or a name", entry);
    }
    const override: SpecOverride = {
      ...milliseconds("intervalMs", option, given.intervalMs),
      ...milliseconds("timeoutMs", option, given.timeoutMs),
    };
    if (given.id === undefined) byName.set(textOption(`${option}.name`, given.name), override);
    else byId.set(parseNonZeroId(`${option}.id`, given.id), override);
  });
  return (name, id) => byId.get(id) ?? byName.get(name) ?? {};
}

function milliseconds(key: keyof SpecOverride, option: string, given: unknown): SpecOverride {
  if (given === undefined) return {};
  const bounds = { min: 1, max: YEAR_MS, default: 1 };
  return { [key]: numberOption(`${option}.${key}`, given, bounds) };
}
