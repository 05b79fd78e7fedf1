import type { SettingsFailure } from "./failure.ts";
import type { SettingsEvents } from "./change.ts";
import type { Settings, SettingsInput } from "./settings.ts";

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
}
