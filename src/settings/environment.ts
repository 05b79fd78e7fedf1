import type { Environment } from "../shared/environment.ts";
import type { SettingsProblem } from "./errors.ts";
import { parseSettings } from "./parse.ts";
import { BOUNDS, type Settings, type SettingsInput } from "./settings.ts";

/** The environment variables of settings. */
const VARIABLES = {
  TASKMON_ENABLED: "enabled",
  TASKMON_FLUSH_INTERVAL_MS: "flushIntervalMs",
  TASKMON_FLUSH_TIMEOUT_MS: "flushTimeoutMs",
  TASKMON_RUNTIME: "runtime",
  TASKMON_LOG_LEVEL: "logLevel",
  TASKMON_SERVICE_LOG_LEVEL: "services",
} as const satisfies Readonly<Record<string, keyof Settings>>;

/**
 * The settings from the environment, read by OpenTelemetry's rules: an empty or blank variable counts as
 * unset, enum values ignore case, and an invalid variable leaves its default, whatever the others say.
 */
export function settingsFromEnv(env: Environment): {
  readonly settings: SettingsInput;
  readonly problems: readonly SettingsProblem[];
} {
  let settings: SettingsInput = {};
  const problems: SettingsProblem[] = [];
  for (const [variable, name] of Object.entries(VARIABLES)) {
    const text = env[variable]?.trim();
    if (!text) continue;
    const parsed = parseSettings({ [name]: valueOf(name, text) }, variable);
    if (parsed.ok) settings = { ...settings, ...parsed.settings };
    else problems.push(...parsed.problems);
  }
  return { settings, problems };
}

/** The value of a text; the text itself if it is not valid for the setting's type. */
function valueOf(name: (typeof VARIABLES)[keyof typeof VARIABLES], text: string): unknown {
  const lower = text.toLowerCase();
  if (name === "services") return servicesOf(text);
  if (name in BOUNDS) return /^\d+$/.test(text) ? Number(text) : text;
  if (name === "logLevel") return lower;
  return lower === "true" || (lower === "false" ? false : text);
}

/**
 * Parses `mail=debug,0x1f=warn` into the settings of services; returns the text itself if it is not of this
 * form.
 */
function servicesOf(text: string): unknown {
  const pairs = text.split(",").map((pair) => pair.split("="));
  if (pairs.some(({ length }) => length !== 2)) return text;
  return Object.fromEntries(
    pairs.map(([name = "", level = ""]) => [name.trim(), { logLevel: level.trim().toLowerCase() }]),
  );
}
