export { SettingsError, type SettingsProblem } from "./errors.ts";
export type { SettingsFailure } from "./failure.ts";
export { createSettings, type CreateSettingsOptions } from "./create-settings.ts";
export type { SettingsStore } from "./settings-store.ts";
export type { LiveSettings, SettingsChange, SettingsEvents, UpdateOptions } from "./live.ts";
export type { SettingsOptions } from "./options.ts";
export type { MetricSettings, ServiceSettings, Settings, SettingsInput } from "./settings.ts";
export type { SettingsSource } from "./source.ts";
