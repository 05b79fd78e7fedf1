import { describe } from "../shared/errors.ts";
import { SERVICE_LOG_LEVELS, type ServiceLogLevel } from "../shared/log-level.ts";
import { LOG_LEVELS, type LogLevel } from "../shared/report.ts";
import type { SettingsProblem } from "./errors.ts";
import {
  BOUNDS,
  MAX_NAMES,
  type MetricSettings,
  type ServiceSettings,
  SETTINGS,
  type Settings,
  type SettingsInput,
} from "./settings.ts";

/** A frozen copy of valid settings; or all problems. */
export type ParsedSettings =
  | { readonly ok: true; readonly settings: SettingsInput }
  | { readonly ok: false; readonly problems: readonly SettingsProblem[] };

/**
 * Checks settings of any origin as a whole: a single problem rejects all of them. Reads only an object's
 * own keys, each once. Never throws.
 *
 * @param where what to call the origin in problems
 */
export function parseSettings(input: unknown, where: string): ParsedSettings {
  const problems = new Problems(where);
  const settings = readObject(input, "the settings", SETTINGS, problems, (key, value) =>
    READERS[key as keyof Settings](value, problems),
  );
  return problems.list.length === 0 && settings !== undefined
    ? { ok: true, settings }
    : { ok: false, problems: problems.list };
}

/** The most problems that are listed. */
const MAX_PROBLEMS = 20;

/** An instrument name of the OpenTelemetry specification. */
const METRIC_NAME = /^[A-Za-z][A-Za-z0-9_.\-/]{0,254}$/;

/** A service's name, `0x` and an id, or `*`. */
// oxlint-disable-next-line no-control-regex -- control characters are what is not allowed
const SERVICE_NAME = /^[^\u0000-\u001f\u007f]{1,255}$/;

class Problems {
  readonly list: SettingsProblem[] = [];
  readonly #where: string;

  constructor(where: string) {
    this.#where = where;
  }

  say(message: string): undefined {
    if (this.list.length < MAX_PROBLEMS) this.list.push({ where: this.#where, message });
  }

  expected(name: string, expected: string, got: unknown): undefined {
    return this.say(`${name} must be ${expected}, got ${describe(got)}`);
  }
}

const READERS: {
  readonly [K in keyof Settings]: (value: unknown, problems: Problems) => Settings[K] | undefined;
} = {
  enabled: (value, problems) => readBoolean("enabled", value, problems),
  flushIntervalMs: (value, problems) => readMs("flushIntervalMs", value, problems),
  flushTimeoutMs: (value, problems) => readMs("flushTimeoutMs", value, problems),
  runtime: (value, problems) => readBoolean("runtime", value, problems),
  logLevel: (value, problems) =>
    LOG_LEVELS.includes(value as LogLevel)
      ? (value as LogLevel)
      : problems.expected("logLevel", `one of ${LOG_LEVELS.join(", ")}`, value),
  metrics: readMetrics,
  services: readServices,
};

function readBoolean(name: string, value: unknown, problems: Problems): boolean | undefined {
  return typeof value === "boolean" ? value : problems.expected(name, "true or false", value);
}

function readMs(name: keyof typeof BOUNDS, value: unknown, problems: Problems): number | undefined {
  const { min, max } = BOUNDS[name];
  return Number.isInteger(value) && (value as number) >= min && (value as number) <= max
    ? (value as number)
    : problems.expected(name, `a whole number from ${min} to ${max}`, value);
}

function readMetrics(value: unknown, problems: Problems): Settings["metrics"] | undefined {
  return readObject(value, "metrics", undefined, problems, (name, said) => {
    if (!METRIC_NAME.test(name)) {
      return problems.say(`the key ${describe(name)} of metrics must be a metric's name`);
    }
    const path = `metrics.${name}`;
    const setting = readObject(said, path, ["enabled"], problems, (_, enabled) =>
      readBoolean(`${path}.enabled`, enabled, problems),
    );
    return setting === undefined || "enabled" in setting
      ? setting
      : problems.expected(`${path}.enabled`, "true or false", undefined);
  }) as Record<string, MetricSettings> | undefined;
}

function readServices(value: unknown, problems: Problems): Settings["services"] | undefined {
  return readObject(value, "services", undefined, problems, (name, said) => {
    if (!SERVICE_NAME.test(name)) {
      return problems.say(`the key ${describe(name)} of services must be a service's name or id`);
    }
    const path = `services.${name}`;
    const expected = `one of ${SERVICE_LOG_LEVELS.join(", ")}`;
    const setting = readObject(said, path, ["logLevel"], problems, (_, level) =>
      SERVICE_LOG_LEVELS.includes(level as ServiceLogLevel)
        ? level
        : problems.expected(`${path}.logLevel`, expected, level),
    );
    return setting === undefined || "logLevel" in setting
      ? setting
      : problems.expected(`${path}.logLevel`, expected, undefined);
  }) as Record<string, ServiceSettings> | undefined;
}

/** A frozen object without prototype, with the result of `read` for each value. */
function readObject(
  value: unknown,
  name: string,
  known: readonly string[] | undefined,
  problems: Problems,
  read: (key: string, value: unknown) => unknown,
): Readonly<Record<string, unknown>> | undefined {
  const copy = Object.create(null) as Record<string, unknown>;
  try {
    if (!isPlainObject(value)) return problems.expected(name, "an object", value);
    const keys = Reflect.ownKeys(value);
    if (known === undefined && keys.length > MAX_NAMES) {
      return problems.say(`${name} must be an object of at most ${MAX_NAMES} keys`);
    }
    for (const key of keys) {
      if (problems.list.length === MAX_PROBLEMS) break;
      if (typeof key === "symbol") {
        problems.say(`a key of ${name} must be text, got a symbol`);
        continue;
      }
      if (known !== undefined && !known.includes(key)) {
        problems.say(
          `the key ${describe(key)} of ${name} is unknown; known are ${known.join(", ")}`,
        );
        continue;
      }
      const item = (value as Record<string, unknown>)[key];
      // Code uses undefined for omitted values; a file cannot.
      if (item !== undefined) copy[key] = read(key, item);
    }
  } catch {
    // A getter or a proxy threw.
    return problems.say(`${name} cannot be read`);
  }
  return Object.freeze(copy);
}

/** A plain object, as from JSON or a literal, in any realm; no class instance, no array. */
function isPlainObject(value: unknown): value is object {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
