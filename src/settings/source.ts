/**
 * Where settings come from besides the code: a file, a database, a service. `fileSettings` makes one of
 * a file; any object of this shape is one.
 */
export interface SettingsSource {
  /** What events, errors and log lines call it. */
  readonly name: string;
  /**
   * Reads the settings that it has now, as a `SettingsInput`: what it does not say falls back to the
   * start values, so `{}` means those. What it resolves with is checked before any of it holds; where it
   * rejects, the settings stay as they are. Asked about once a minute, and not again before it has
   * settled or its time is up, when `signal` aborts; a load that goes on all the same has no effect.
   */
  load(call: { readonly signal: AbortSignal }): Promise<unknown>;
  /**
   * Calls `changed` whenever there may be something new to load; calls in quick succession count as one.
   * It must not keep the process alive. Without it the settings are as old as the cache allows.
   * @returns a function that ends it
   */
  watch?(changed: () => void): () => void;
}
