import type { MonitoredService } from "../service.ts";
import type { GuardSettings } from "./options.ts";

/** What to do with a request; `gone` if its client disconnected meanwhile. */
export type Decided = "forwarded" | "unavailable" | "error" | "gone";

/** Decides what to do with requests: from the cached state, or else by a probe, or after a wait. */
export class Gate {
  readonly #service: MonitoredService;
  readonly #settings: GuardSettings;
  #waiting = 0;

  constructor(service: MonitoredService, settings: GuardSettings) {
    this.#service = service;
    this.#settings = settings;
  }

  /**
   * Whether the service is known to be up; then a request need not wait, not even for a microtask. Counts the
   * decision and fires triggers, as {@link decide} does.
   */
  isOpen(): boolean {
    const service = this.#service;
    if (service.peek() !== true) return false;
    service.wake(FORWARDED);
    service.count("forwarded");
    return true;
  }

  /** @param signal aborts when the client disconnects */
  async decide(signal: AbortSignal): Promise<Decided> {
    const service = this.#service;
    let up: boolean;
    try {
      up = service.peek() ?? (await service.status({ signal }));
    } catch {
      if (signal.aborted) return "gone";
      service.count("error");
      return "error";
    }
    if (signal.aborted) return "gone";
    if (up) {
      service.wake(FORWARDED);
    } else {
      service.wake(UNAVAILABLE);
      up = await this.#wait(signal);
      if (signal.aborted) return "gone";
    }
    const decided = up ? "forwarded" : "unavailable";
    service.count(decided);
    return decided;
  }

  async #wait(signal: AbortSignal): Promise<boolean> {
    const { waitMs, maxWaiting } = this.#settings;
    if (waitMs === 0 || this.#waiting >= maxWaiting) return false;
    this.#waiting++;
    try {
      return await this.#service.waitUntilUp({ waitMs, signal });
    } finally {
      this.#waiting--;
    }
  }
}

const FORWARDED = { decision: "forwarded" } as const;
const UNAVAILABLE = { decision: "unavailable" } as const;
