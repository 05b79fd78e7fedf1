import { type Clock, systemClock } from "../shared/clock.ts";
import type { Environment } from "../shared/environment.ts";
import type { EventSink, EventSinkProvider } from "../shared/events.ts";
import { methodsOption, numberOption, optionsObject, textOption } from "../shared/options.ts";
import type { MetricRegistry } from "../metrics/registry.ts";
import { SettingsError } from "./errors.ts";
import { parseSettings } from "./parse.ts";
import type { SettingsInput } from "./settings.ts";
import type { SettingsSource } from "./source.ts";

/** Options of the settings. */
export interface SettingsOptions {
  /**
   * The values of your code. They win over the environment; the source and `update` win over them. @default
   * none
   */
  readonly values?: SettingsInput | undefined;
  /** Where other settings come from. They win over everything else. @default none */
  readonly source?: SettingsSource | undefined;
  /**
   * How long the source's values are used before it is read again, in milliseconds, from 100 to a day.
   * @default 60000, in development 1000
   */
  readonly cacheMs?: number | undefined;
  /** The time limit for reading the source, in milliseconds, from 10 to ten minutes. @default 5000 */
  readonly timeoutMs?: number | undefined;
}

/** What the settings need. */
export interface SettingsParts {
  /** @default the machine's clock */
  readonly clock?: Clock | undefined;
  /** @default `process.env` */
  readonly env?: Environment | undefined;
  /** Receives the events. @default none */
  readonly events?: EventSink | EventSinkProvider | undefined;
  /** The registry for the metrics. @default none */
  readonly registry?: MetricRegistry | undefined;
  /** Whether this is development, where changes should apply at once. @default false */
  readonly devMode?: boolean | undefined;
}

/** The options, checked. */
export interface CheckedOptions {
  readonly values: SettingsInput;
  readonly source: SettingsSource | undefined;
  readonly cacheMs: number;
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/** @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`, SettingsError `ERR_TASKMON_SETTINGS` */
export function checkOptions(
  options: SettingsOptions | undefined,
  { clock = systemClock(), devMode = false }: SettingsParts,
): CheckedOptions {
  const { values, source, cacheMs, timeoutMs } = optionsObject("settings", options, [
    "values",
    "source",
    "cacheMs",
    "timeoutMs",
  ]);
  if (source !== undefined) {
    methodsOption("settings.source", source, ["load"]);
    textOption("settings.source.name", source.name, 4_096);
  }
  return {
    values: checkValues(values === undefined ? {} : values, "settings"),
    source,
    cacheMs: numberOption("settings.cacheMs", cacheMs, {
      min: 100,
      max: 86_400_000,
      default: devMode ? 1_000 : 60_000,
    }),
    timeoutMs: numberOption("settings.timeoutMs", timeoutMs, {
      min: 10,
      max: 600_000,
      default: 5_000,
    }),
    clock,
  };
}

/** @throws SettingsError `ERR_TASKMON_SETTINGS` with all problems */
export function checkValues(values: unknown, where: string): SettingsInput {
  const parsed = parseSettings(values, where);
  if (parsed.ok) return parsed.settings;
  throw new SettingsError(parsed.problems);
}
