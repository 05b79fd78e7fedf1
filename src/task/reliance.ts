import type { Clock } from "../shared/clock.ts";
import type { HeartbeatOutcome } from "./lease.ts";
import type { TaskEvent } from "./task-events.ts";

/** What `Reliance` needs to know. */
export interface RelianceParts {
  readonly clock: Clock;
  /** Whether the number may be relied on now. */
  readonly isSure: () => boolean;
  /** How long the process may rely on it, in milliseconds from now. */
  readonly remainingMs: () => number;
  readonly onEvent: (event: TaskEvent) => void;
}

/** Tracks how long this process may rely on its number, by heartbeats and the clock. */
export class Reliance {
  readonly #parts: RelianceParts;
  #current: AbortController | undefined;
  #cancelExpiry: (() => void) | undefined;
  #grantedAtMs: number | undefined;
  #unsureSinceMs: number | undefined;

  constructor(parts: RelianceParts) {
    this.#parts = parts;
  }

  /** Aborts when the process may no longer rely on its number; already aborted while it has none. */
  get signal(): AbortSignal {
    return this.#current?.signal ?? AbortSignal.abort();
  }

  /** When the number was granted, in milliseconds since the Unix epoch. */
  get grantedAtMs(): number | undefined {
    return this.#grantedAtMs;
  }

  /** Since when there has been no number, by the clock: the moment when the process noticed. */
  get unsureSinceMs(): number | undefined {
    this.#noteUnsure();
    return this.#unsureSinceMs;
  }

  /** Heartbeats begin. @param anew whether the time without a number restarts now */
  begin(anew: boolean): void {
    if (anew) this.#unsureSinceMs = undefined;
    this.#noteUnsure();
  }

  /** A heartbeat has this outcome. */
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
