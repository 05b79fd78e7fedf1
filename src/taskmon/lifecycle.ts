import type { FlushSettings } from "../flush/flusher.ts";
import type { Settings } from "../settings/settings.ts";

/** Whether Taskmon works, works as if it was not there, or works at a desk, where nothing is sent. */
export type Mode = "on" | "off" | "desk";

/** How far one Taskmon object has got, and what its settings say of it as a whole. */
export class Lifecycle {
  /** Whether it works without a number, and sends nothing, while it is on. */
  readonly isDesk: boolean;
  #settings: Settings;
  /** One object for as long as nothing changes: it is asked for at every request. */
  #flush: FlushSettings;
  #hasEnded = false;
  #end: (() => Promise<void>) | undefined;

  /** @param desk whether to work without a number, and to send nothing */
  constructor(settings: Settings, desk: boolean) {
    this.isDesk = desk;
    this.#settings = settings;
    this.#flush = this.#flushOf(settings);
  }

  get mode(): Mode {
    if (!this.#settings.enabled) return "off";
    return this.isDesk ? "desk" : "on";
  }

  /** What flushes inside requests obey: there is none at a desk, where nothing is sent. */
  get flush(): FlushSettings {
    return this.#flush;
  }

  /** Whether the end has begun. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** @returns whether the settings hold: after the end nothing changes any more */
  follow(settings: Settings): boolean {
    if (this.#hasEnded) return false;
    this.#settings = settings;
    this.#flush = this.#flushOf(settings);
    return true;
  }

  /** Notes that the end has begun. No request flushes any more. */
  end(): void {
    this.#hasEnded = true;
    this.#flush = { ...this.#flush, enabled: false };
  }

  /** Says how the whole ends. */
  endsWith(end: () => Promise<void>): void {
    this.#end = end;
  }

  /** Ends the whole, because a part found that it is over. */
  async askForEnd(): Promise<void> {
    await this.#end?.();
  }

  #flushOf(settings: Settings): FlushSettings {
    return { ...settings, enabled: this.mode === "on" };
  }
}
