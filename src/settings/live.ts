import type { SettingsFailure } from "./failure.ts";
import type { SettingChange } from "./merge.ts";
import type { Settings, SettingsInput } from "./settings.ts";

/** A setting that changed: what it was and is, who changed it when, and why where that was said. */
export interface SettingsChange extends SettingChange {
  /** The source's name, or what the caller of `update` says. */
  readonly who: string;
  /** What the caller of `update` says. */
  readonly why?: string;
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

/** What is seen and done of the settings from outside. */
export interface LiveSettings {
  /** The settings in effect. */
  readonly current: Settings;
  /** Why the newest settings are not in effect; undefined while all is well. */
  readonly error: SettingsFailure | undefined;
  /**
   * Changes the settings that the code gives, from now on; those that the source gives stay, since it
   * wins. All of them or, where one is wrong, none.
   *
   * @returns the settings in effect then
   * @throws SettingsError `ERR_TASKMON_SETTINGS` with everything that is wrong
   */
  update(settings: SettingsInput, by?: UpdateOptions): Settings;
  /**
   * Asks the source now; with one that is being asked, waits for that. Never rejects: where the source
   * fails, `error` says so.
   *
   * @returns the settings in effect then
   */
  refresh(): Promise<Settings>;
  /** Calls `listener` from now on. @returns a function that ends it */
  on<E extends keyof SettingsEvents>(
    event: E,
    listener: (detail: SettingsEvents[E]) => void,
  ): () => void;
}

/** Options of `update`. */
export interface UpdateOptions {
  /** Who changes the settings, for the events. @default `code` */
  readonly who?: string;
  /** Why, for the events; at most 1000 characters. @default nothing said */
  readonly why?: string;
}
