import type { FlushSettings } from "../flush/flusher.ts";
import type { Settings } from "../settings/settings.ts";

/** Whether Taskmon is on, off, or in development mode, where nothing is sent. */
export type Mode = "on" | "off" | "desk";

/** The state of one Taskmon object, and the settings that concern all of it. */
export class Lifecycle {
  /** Development mode: while on, it works without a number and sends nothing. */
  readonly isDesk: boolean;
  #settings: Settings;
  /** One object as long as nothing changes, because every request reads it. */
  #flush: FlushSettings;
  #hasEnded = false;
  #end: (() => Promise<void>) | undefined;

  /** @param desk development mode: work without a number, and send nothing */
  constructor(settings: Settings, desk: boolean) {
    this.isDesk = desk;
    this.#settings = settings;
    this.#flush = this.#flushOf(settings);
  }

  get mode(): Mode {
    if (!this.#settings.enabled) return "off";
    return this.isDesk ? "desk" : "on";
  }

  /** The settings of flushes inside requests; off in development mode, where nothing is sent. */
  get flush(): FlushSettings {
    return this.#flush;
  }

  /** Whether the shutdown has begun. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** @returns whether the settings apply: after the shutdown nothing changes any more */
  follow(settings: Settings): boolean {
    if (this.#hasEnded) return false;
    this.#settings = settings;
    this.#flush = this.#flushOf(settings);
    return true;
  }

  /** Notes that the shutdown has begun. No request flushes any more. */
  end(): void {
    this.#hasEnded = true;
    this.#flush = { ...this.#flush, enabled: false };
  }

  /** Sets how to shut everything down. */
  endsWith(end: () => Promise<void>): void {
    this.#end = end;
  }

  /** Shuts everything down, because a part found that the program is ending. */
  async askForEnd(): Promise<void> {
    await this.#end?.();
  }

  #flushOf(settings: Settings): FlushSettings {
    return { ...settings, enabled: this.mode === "on" };
  }
}
