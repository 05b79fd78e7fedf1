import type { MetricSpec } from "../metrics/spec.ts";
import type { FlushSettings } from "../flush/flusher.ts";
import type { Settings } from "../settings/settings.ts";

/** Whether Taskmon works, works as if it was not there, or works at a desk, where nothing is sent. */
export type Mode = "on" | "off" | "desk";

/** What is turned on and off. */
export interface StateParts {
  readonly registry: { turn(isOn: (spec: MetricSpec) => boolean): void };
  readonly task: { start(): void; stopHeartbeats(): Promise<void>; release(): Promise<void> };
  /** Settles when no export is under way, after a while in any case. Never rejects. */
  readonly settled: () => Promise<void>;
  /** What listens to the host. */
  readonly requests: { pause(): void; resume(): void };
  readonly runtime: { enable(): void; disable(): void };
}

/**
 * Turns the whole on and off, as the settings say: off hands the number back, takes the metrics out and
 * every listener of ours away; on starts the lease and the exports afresh.
 */
export class State {
  readonly #parts: StateParts;
  readonly #desk: boolean;
  #settings: Settings;
  /** One object for as long as nothing changes: it is asked for at every request. */
  #flush: FlushSettings;
  /** Whether the runtime is measured. */
  #runs = false;
  /** Whether a number is asked for. */
  #leases = false;
  #stage: "new" | "started" | "ended" = "new";

  /** @param desk whether to work without a number */
  constructor(parts: StateParts, settings: Settings, desk: boolean) {
    this.#parts = parts;
    this.#desk = desk;
    this.#settings = settings;
    this.#flush = { ...settings, enabled: false };
    this.apply(settings);
  }

  /** What flushes inside requests obey: none is made at a desk, where nothing is sent. */
  get flush(): FlushSettings {
    return this.#flush;
  }

  get mode(): Mode {
    if (!this.#settings.enabled) return "off";
    return this.#desk ? "desk" : "on";
  }

  /** Begins to lease a number, if that is wanted. Idempotent; without effect after the end. */
  start(): void {
    if (this.#stage === "new") this.#stage = "started";
    this.#lease();
  }

  /** Nothing is turned on any more, and no request flushes. What is on stays so: the end is others'. */
  end(): void {
    this.#stage = "ended";
    this.#flush = { ...this.#flush, enabled: false };
  }

  /** Does what these settings say. */
  apply(settings: Settings): void {
    if (this.#stage === "ended") return;
    this.#settings = settings;
    const { registry, requests, runtime } = this.#parts;
    const { enabled, metrics } = settings;
    this.#flush = { ...settings, enabled: this.mode === "on" };
    registry.turn(({ name }) => enabled && metrics[name]?.enabled !== false);
    if (enabled) requests.resume();
    else requests.pause();
    const runs = enabled && settings.runtime;
    if (runs && !this.#runs) runtime.enable();
    else if (!runs && this.#runs) runtime.disable();
    this.#runs = runs;
    this.#lease();
  }

  #lease(): void {
    if (this.#stage !== "started") return;
    if (this.mode === "on") {
      this.#leases = true;
      this.#parts.task.start();
    } else if (this.#leases) {
      this.#leases = false;
      void this.#release();
    }
  }

  /** Hands the number back when nothing is on its way under it, unless it is wanted again by then. */
  async #release(): Promise<void> {
    const { task, settled } = this.#parts;
    await Promise.all([task.stopHeartbeats(), settled()]);
    if (this.#stage === "started" && !this.#leases) await task.release();
  }
}
