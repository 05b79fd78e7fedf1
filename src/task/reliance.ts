import type { Clock } from "../shared/clock.ts";
import type { HeartbeatOutcome } from "./lease.ts";
import type { TaskEvent } from "./task-events.ts";

/** What a reliance asks, and whom it tells. */
export interface RelianceParts {
  readonly clock: Clock;
  /** Whether the number may be relied on now. */
  readonly isSure: () => boolean;
  /** How long it may be, in milliseconds from now. */
  readonly remainingMs: () => number;
  readonly onEvent: (event: TaskEvent) => void;
}

/** From when until when this process may rely on its number, as heartbeats and the clock tell. */
export class Reliance {
  readonly #parts: RelianceParts;
  #current: AbortController | undefined;
  #cancelExpiry: (() => void) | undefined;
  #grantedAtMs: number | undefined;
  #unsureSinceMs: number | undefined;

  constructor(parts: RelianceParts) {
    this.#parts = parts;
  }

  /** Aborts when it ends; aborted while there is none. */
  get signal(): AbortSignal {
    return this.#current?.signal ?? AbortSignal.abort();
  }

  /** When the number was granted, in milliseconds since the Unix epoch. */
  get grantedAtMs(): number | undefined {
    return this.#grantedAtMs;
  }

  /** Since when, on the clock's scale, there has been none: since the process noticed. */
  get unsureSinceMs(): number | undefined {
    this.#noteUnsure();
    return this.#unsureSinceMs;
  }

  /** A number is asked for from now on. @param anew whether the time without one counts from now on */
  begin(anew: boolean): void {
    if (anew) this.#unsureSinceMs = undefined;
    this.#noteUnsure();
  }

  /** A heartbeat came to this. */
  follow(outcome: HeartbeatOutcome): void {
    const { clock, remainingMs, onEvent } = this.#parts;
    if (outcome === "error") return;
    const isRegained = outcome === "renewed" && this.#current === undefined;
    if (outcome !== "renewed") this.end();
    if (outcome === "full") onEvent("full");
    if (outcome !== "granted" && outcome !== "renewed") return;
    if (outcome === "granted") this.#grantedAtMs = clock.wallTime();
    this.#unsureSinceMs = undefined;
    this.#current ??= new AbortController();
    this.#cancelExpiry?.();
    this.#cancelExpiry = clock.after(remainingMs(), () => this.end());
    onEvent(isRegained ? "regained" : outcome);
  }

  /** The number may be relied on no longer. */
  end(): void {
    this.#cancelExpiry?.();
    this.#cancelExpiry = undefined;
    const lost = this.#current;
    this.#current = undefined;
    lost?.abort();
    this.#noteUnsure();
    if (lost !== undefined) this.#parts.onEvent("lost");
  }

  #noteUnsure(): void {
    if (this.#parts.isSure()) this.#unsureSinceMs = undefined;
    else this.#unsureSinceMs ??= this.#parts.clock.now();
  }
}
