import { type IdInput, parseNonZeroId } from "../identity/id.ts";
import { InvalidOptionError } from "../shared/errors.ts";
import { numberOption, optionsObject, textOption } from "../shared/options.ts";
import type { SpecOverride } from "./options.ts";

/**
 * What a configuration says of health checks, in the shape of a metric specs file. It wins over the
 * options in the code, which are defaults to it.
 */
export interface HealthOverrides {
  readonly healthChecks?: readonly HealthCheckOverride[];
}

/** What a configuration says of one check, which it finds by its id or its name. */
export interface HealthCheckOverride {
  readonly id?: IdInput;
  readonly name?: string;
  /** From one run to the next, in seconds. @default as in the code */
  readonly runIntervalSeconds?: number;
  /** Longest run before the check counts as failed, in seconds. @default as in the code */
  readonly timeoutSeconds?: number;
}

/** Finds what the configuration says of a check. */
export type OverrideLookup = (name: string, id: bigint) => SpecOverride;

const KEYS = ["id", "name", "runIntervalSeconds", "timeoutSeconds"] as const;

/**
 * Reads a configuration.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` names the entry; an interval or a timeout of
 *   zero is refused
 */
export function readOverrides(overrides: HealthOverrides | undefined): OverrideLookup {
  // A specs file says more than this; the rest is others' to read.
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
      ...milliseconds(`${option}.runIntervalSeconds`, "intervalMs", given.runIntervalSeconds),
      ...milliseconds(`${option}.timeoutSeconds`, "timeoutMs", given.timeoutSeconds),
    };
    if (given.id === undefined) byName.set(textOption(`${option}.name`, given.name), override);
    else byId.set(parseNonZeroId(`${option}.id`, given.id), override);
  });
  return (name, id) => byId.get(id) ?? byName.get(name) ?? {};
}

function milliseconds(option: string, key: keyof SpecOverride, seconds: unknown): SpecOverride {
  if (seconds === undefined) return {};
  return {
    [key]: numberOption(option, seconds, { min: 0.001, max: 31_536_000, default: 1 }) * 1_000,
  };
}
