export { SettingsError, type SettingsProblem } from "./errors.ts";
export type { SettingsFailure } from "./failure.ts";
export { SettingsStore } from "./settings-store.ts";
export type { LiveSettings, SettingsChange, SettingsEvents, UpdateOptions } from "./live.ts";
export type { SettingsOptions, SettingsParts } from "./options.ts";
export type { MetricSettings, Settings, SettingsInput } from "./settings.ts";
export type { SettingsSource } from "./source.ts";
