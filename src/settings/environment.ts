import type { Environment } from "../shared/environment.ts";
import type { SettingsProblem } from "./errors.ts";
import { parseSettings } from "./parse.ts";
import { BOUNDS, type Settings, type SettingsInput } from "./settings.ts";

/** The environment variables that give settings. */
const VARIABLES = {
  TASKMON_ENABLED: "enabled",
  TASKMON_FLUSH_INTERVAL_MS: "flushIntervalMs",
  TASKMON_FLUSH_TIMEOUT_MS: "flushTimeoutMs",
  TASKMON_RUNTIME: "runtime",
  TASKMON_LOG_LEVEL: "logLevel",
  TASKMON_SERVICE_LOG_LEVEL: "services",
} as const satisfies Readonly<Record<string, keyof Settings>>;

/**
 * The settings that the environment gives, read as OpenTelemetry's own variables are: one that is empty
 * or blank counts as unset, names are matched without regard to case, and of one that is wrong the
 * default stands, whatever the others say.
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

/** The value that a text stands for; the text itself where it stands for none of its setting's type. */
function valueOf(name: (typeof VARIABLES)[keyof typeof VARIABLES], text: string): unknown {
  const lower = text.toLowerCase();
  if (name === "services") return servicesOf(text);
  if (name in BOUNDS) return /^\d+$/.test(text) ? Number(text) : text;
  if (name === "logLevel") return lower;
  return lower === "true" || (lower === "false" ? false : text);
}

/** Of `mail=debug,0x1f=warn` the settings of services; the text itself where it is none such. */
function servicesOf(text: string): unknown {
  const pairs = text.split(",").map((pair) => pair.split("="));
  if (pairs.some(({ length }) => length !== 2)) return text;
  return Object.fromEntries(
    pairs.map(([name = "", level = ""]) => [name.trim(), { logLevel: level.trim().toLowerCase() }]),
  );
}
