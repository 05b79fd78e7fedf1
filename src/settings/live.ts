import type { SettingsFailure } from "./failure.ts";
import type { SettingChange } from "./merge.ts";
import type { Settings, SettingsInput } from "./settings.ts";

/** A changed setting: its old and new value, who changed it and when, and the reason if one was given. */
export interface SettingsChange extends SettingChange {
  /** The source's name, or the `who` of `update`. */
  readonly who: string;
  /** The `why` of `update`. */
  readonly why?: string;
  /** Milliseconds since the Unix epoch. */
  readonly atMs: number;
}

/** The events, and what each listener gets. */
export type SettingsEvents = {
  /** New settings are in effect; called once with all of them, however many changed. */
  readonly applied: Settings;
  /** A setting changed; called for each one. */
  readonly change: SettingsChange;
  /** A source has no valid settings; called once per cause. */
  readonly failed: SettingsFailure;
  /** The source has valid settings again. */
  readonly recovered: SettingsFailure;
};

/** The settings, as their users see them. */
export interface LiveSettings {
  /** The settings in effect. */
  readonly current: Settings;
  /** Why the newest settings are not in effect; undefined while all is well. */
  readonly error: SettingsFailure | undefined;
  /**
   * Changes the settings of your code. Settings that the source gives stay, because the source wins. If one
   * value is invalid, none is changed.
   *
   * @returns the settings in effect afterwards
   * @throws SettingsError `ERR_TASKMON_SETTINGS` with all problems
   */
  update(settings: SettingsInput, by?: UpdateOptions): Settings;
  /**
   * Reads the source now, or waits for a read in progress. Never rejects: if the source fails, `error` has
   * the reason.
   *
   * @returns the settings in effect afterwards
   */
  refresh(): Promise<Settings>;
  /** Calls `listener` at this event. @returns a function that ends it */
  on<E extends keyof SettingsEvents>(
    event: E,
    listener: (detail: SettingsEvents[E]) => void,
  ): () => void;
}

/** Options of `update`. */
export interface UpdateOptions {
  /** Who changes the settings; events carry it. @default `code` */
  readonly who?: string;
  /** The reason, at most 1000 characters; events carry it. @default none */
  readonly why?: string;
}
