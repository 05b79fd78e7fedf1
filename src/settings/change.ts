import type { SettingsFailure } from "./failure.ts";
import type { SettingChange } from "./merge.ts";
import type { Settings } from "./settings.ts";

/** A setting that changed: what it was and is, and who changed it when. */
export interface SettingsChange extends SettingChange {
  /** The source's name, or what the caller of `update` says. */
  readonly who: string;
  /** Milliseconds since the Unix epoch. */
  readonly atMs: number;
}

/** What can be listened to, and what each listener is given. */
export type SettingsEvents = {
  /** New settings are in effect: all of them, once, however many changed. */
  readonly applied: Settings;
  /** A setting changed; told of each. */
  readonly change: SettingsChange;
  /** A source has no good settings; told once of each cause. */
  readonly failed: SettingsFailure;
  /** It has them again. */
  readonly recovered: SettingsFailure;
};
