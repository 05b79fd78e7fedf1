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
  /** What holds unless the source or `update` says otherwise. Wins over the environment. @default none */
  readonly values?: SettingsInput | undefined;
  /** Where settings come from besides the code. Wins over all else. @default nowhere */
  readonly source?: SettingsSource | undefined;
  /**
   * How old what the source said may become before it is asked again, in milliseconds, from 100 to a
   * day. @default 60000, at a desk 1000
   */
  readonly cacheMs?: number | undefined;
  /** The longest time that the source may take, in milliseconds, from 10 to ten minutes. @default 5000 */
  readonly timeoutMs?: number | undefined;
}

/** What the settings work with. */
export interface SettingsParts {
  /** @default the machine's clock */
  readonly clock?: Clock | undefined;
  /** @default `process.env` */
  readonly env?: Environment | undefined;
  /** Takes the events. @default none */
  readonly events?: EventSink | EventSinkProvider | undefined;
  /** Takes the metrics. @default none */
  readonly registry?: MetricRegistry | undefined;
  /** Whether someone works at a desk, and wants changes at once. @default false */
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

/** @throws SettingsError `ERR_TASKMON_SETTINGS` with everything that is wrong */
export function checkValues(values: unknown, where: string): SettingsInput {
  const parsed = parseSettings(values, where);
  if (parsed.ok) return parsed.settings;
  throw new SettingsError(parsed.problems);
}
