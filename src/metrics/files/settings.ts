import type { LogLevel } from "../../shared/report.ts";
import type { Fields } from "./entries.ts";

/** What a spec file says of Taskmon's own settings. What is absent stays as it was otherwise. */
export interface FileSettings {
  /** Whether Taskmon works at all. */
  readonly enabled?: boolean | undefined;
  /** From one flush to the next, in milliseconds. */
  readonly flushIntervalMs?: number | undefined;
  /** The longest time that one flush may take, in milliseconds. */
  readonly flushTimeoutMs?: number | undefined;
  /** Whether V8 and the event loop are measured. */
  readonly runtime?: boolean | undefined;
  /** How much Taskmon says on the `diag` logger. */
  readonly logLevel?: LogLevel | undefined;
  /** Settings of single metrics, by their names. */
  readonly metrics?: Readonly<Record<string, { readonly enabled: boolean }>> | undefined;
}

/** The settings of a file; undefined where it has none. Right where the schema says nothing against it. */
export function settingsIn(file: Fields): FileSettings | undefined {
  return "settings" in file ? (file["settings"] as FileSettings) : undefined;
}
