import type { SettingEvent } from "../recent.ts";
import type { AdminContext } from "../context.ts";
import { tagOf } from "../tagged-answer.ts";

/** The settings in effect, and who changed what of late. */
export interface SettingsView {
  readonly values: Readonly<Record<string, unknown>>;
  /** Why the newest settings are not in effect. */
  readonly failure?: {
    readonly source: string;
    readonly message: string;
    readonly sinceMs: number;
  };
  /** The newest first. */
  readonly changes: readonly SettingEvent[];
}

/** Looks at the settings. */
export function settingsView({ taskmon: { settings }, recent }: AdminContext): SettingsView {
  const { current, error } = settings;
  return {
    values: { ...current },
    ...(error !== undefined && {
      failure: { source: error.source, message: error.message, sinceMs: error.sinceMs },
    }),
    changes: recent.changes,
  };
}

/** For `If-Match`: it changes with each change, even if the change is undone later. */
export function settingsTag(context: AdminContext): string {
  return `"${tagOf(JSON.stringify(settingsView(context)))}"`;
}
