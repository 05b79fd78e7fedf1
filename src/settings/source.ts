/**
 * Where settings come from besides the code: a file, a database, a service. `fileSettings` makes one for a
 * file; you can pass any object of this shape.
 */
export interface SettingsSource {
  /** Its name in events, errors and log lines. */
  readonly name: string;
  /**
   * Reads the current settings, as a `SettingsInput`. Omitted settings fall back to the start values, so
   * `{}` means those. The result is checked before it takes effect; if this rejects, the settings stay as
   * they are. Called about once a minute, and not again before it settles or its time is up; `signal` then
   * aborts, and a later result has no effect.
   */
  load(call: { readonly signal: AbortSignal }): Promise<unknown>;
  /**
   * Calls `changed` whenever there may be new settings to load; quick calls in a row count as one. It must
   * not keep the process alive. Optional: without it, settings are refreshed when the cache expires.
   * @returns a function that ends it
   */
  watch?(changed: () => void): () => void;
}
