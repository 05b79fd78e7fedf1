import { inRootContext } from "../shared/api.ts";
import type { Clock } from "../shared/clock.ts";
import type { EventSink, EventSinkProvider } from "../shared/events.ts";
import { createReporter, type Reporter } from "../shared/report.ts";
import { TimeoutError } from "../shared/timeout.ts";
import { FlushNews } from "./news.ts";
import {
  begun,
  ended,
  type FlushResult,
  type FlushState,
  isDue,
  isUnderWay,
  switchedOn,
  timedOut,
} from "./policy.ts";

/** The part of the settings that flushes obey. */
export interface FlushSettings {
  readonly enabled: boolean;
  readonly flushIntervalMs: number;
  readonly flushTimeoutMs: number;
}

/** What a {@link Flusher} needs. What it calls may throw or reject: that is a flush that failed. */
export interface FlusherOptions {
  readonly clock: Clock;
  /** What is in force now. Called for every request. */
  readonly settings: () => FlushSettings;
  /** Has the settings read again if they are stale. What it rejects with is not the flush's failure. */
  readonly refreshSettings?: ((signal: AbortSignal) => unknown) | undefined;
  /**
   * Makes sure of the task number for the time of an export. `held`: the export may begin; so it may where
   * exports go on without a number (`unnumbered`).
   */
  readonly prepare: (
    signal: AbortSignal,
  ) => Promise<"held" | "unnumbered" | "no_number" | "failed">;
  /** Exports what there is, once `prepare` lets it; gives up when the signal aborts. */
  readonly flush: (signal: AbortSignal) => Promise<unknown>;
  /** Is told of each flush: what it came to for the request that waited, and how long that was. */
  readonly onFlush?: ((outcome: FlushResult, durationMs: number) => void) | undefined;
  /** Where events go. @default nowhere */
  readonly events?: EventSink | EventSinkProvider | undefined;
}

/**
 * What `ifDue` did. `flushed`, `no_number` and `failed` are a flush's results; `not_due`,
 * `under_way` (another request does it) and `off` mean that there was none.
 */
export type FlushOutcome = FlushResult | "not_due" | "under_way" | "off";

/** How one flush is bounded. */
export interface FlushCall {
  /** At most this long, in milliseconds, where that is shorter than the settings' limit. */
  readonly timeoutMs?: number;
}

/** How flushes stand. */
export interface FlushView {
  readonly isOn: boolean;
  readonly isUnderWay: boolean;
  /** The time since the last flush that succeeded began; undefined before the first one. */
  readonly lastSuccessAgeMs: number | undefined;
  /** The time until the next flush is due; 0 where it is. Undefined while flushes are off. */
  readonly nextInMs: number | undefined;
  readonly consecutiveFailures: number;
}

/**
 * Exports inside requests: whoever has a request that is ending asks {@link isDue}, and awaits
 * {@link ifDue} before the request ends. There are no timers between requests, as there is no CPU.
 */
export class Flusher {
  readonly #options: FlusherOptions;
  readonly #clock: Clock;
  readonly #report: Reporter = createReporter("flush");
  readonly #news: FlushNews;
  #isOn = false;
  #state: FlushState | undefined;
  /** The call that `#state` has under way. */
  #current: object | undefined;
  #cutOff: (() => void) | undefined;

  constructor(options: FlusherOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#news = new FlushNews(this.#report, options.events);
  }

  /** Whether a request that ends now is to flush. Cheap enough to ask at every request. */
  get isDue(): boolean {
    if (this.#follow() === undefined) return false;
    const state = this.#state!;
    const clock = this.#clock;
    if (clock.estimate !== undefined && !isDue(state, clock.estimate())) return false;
    return isDue(state, clock.now());
  }

  /** How flushes stand. */
  get state(): FlushView {
    const isOn = this.#follow() !== undefined;
    const state = this.#state;
    const nowMs = this.#clock.now();
    return {
      isOn,
      isUnderWay: state !== undefined && isUnderWay(state, nowMs),
      lastSuccessAgeMs: state?.hasSucceeded === true ? nowMs - state.lastSuccessMs : undefined,
      nextInMs: isOn ? Math.max(0, state!.nextMs - nowMs) : undefined,
      consecutiveFailures: state?.failures ?? 0,
    };
  }

  /**
   * Does what the settings say now: off cuts the flush under way off, on begins afresh with one that is
   * due at once. Every other method does so too, which is too late where they change twice in between.
   */
  follow(): void {
    this.#follow();
  }

  /**
   * Exports if it is time to, and if no other request is doing it. Never rejects; settles within the time
   * limit, whether or not what it calls obeys the signal.
   */
  ifDue(call: FlushCall = {}): Promise<FlushOutcome> {
    const settings = this.#follow();
    if (settings === undefined) return Promise.resolve("off");
    const nowMs = this.#clock.now();
    const state = this.#state!;
    if (isUnderWay(state, nowMs)) return Promise.resolve("under_way");
    if (!isDue(state, nowMs)) return Promise.resolve("not_due");
    if (state.underWaySinceMs !== undefined) {
      this.#report.errorOnce("lost", "A flush has begun and does not end; others go on without it");
    }
    this.#state = begun(state, nowMs);
    const timeoutMs = Math.min(call.timeoutMs ?? Infinity, settings.flushTimeoutMs);
    // The exporter and the allocator work for the process, not within the request's trace.
    return inRootContext(() => this.#run(nowMs, timeoutMs));
  }

  async #run(startedMs: number, timeoutMs: number): Promise<FlushOutcome> {
    const controller = new AbortController();
    const current = (this.#current = {});
    const late = new Promise<"late">((resolve) => {
      controller.signal.addEventListener("abort", () => resolve("late"), { once: true });
    });
    const cancel = this.#clock.after(timeoutMs, () =>
      controller.abort(new TimeoutError("A flush", timeoutMs)),
    );
    let isTurnedOff = false;
    this.#cutOff = () => {
      isTurnedOff = true;
      controller.abort(new Error("Flushes were turned off"));
    };
    const work = this.#work(controller.signal);
    const first = await Promise.race([work, late]);
    cancel();
    this.#cutOff = undefined;
    if (first !== "late") this.#ended(current, first);
    else {
      void work.then((done) => this.#ended(current, done));
      if (isTurnedOff) return "off";
      this.#timedOut(current, controller.signal.reason);
    }
    const outcome = first === "late" ? "failed" : first.outcome;
    if (outcome !== "off") this.#tell(outcome, this.#clock.now() - startedMs);
    return outcome;
  }

  /** Never rejects. */
  async #work(signal: AbortSignal): Promise<Done> {
    const { settings, refreshSettings, prepare, flush } = this.#options;
    try {
      await this.#refresh(refreshSettings, signal);
      signal.throwIfAborted();
      if (!settings().enabled) return { outcome: "off" };
      const standing = await prepare(signal);
      if (standing === "no_number") return { outcome: "no_number" };
      if (standing === "failed") throw new Error("The task number allocator did not answer");
      signal.throwIfAborted();
      await flush(signal);
      return { outcome: "flushed" };
    } catch (error) {
      return { outcome: "failed", error };
    }
  }

  async #refresh(refresh: FlusherOptions["refreshSettings"], signal: AbortSignal): Promise<void> {
    try {
      await refresh?.(signal);
    } catch (error) {
      this.#report.warnOnce("settings", "The settings could not be read before a flush", error);
    }
  }

  #ended(current: object, { outcome, error }: Done): void {
    // One that was given up for lost, and ends after all.
    if (this.#current !== current || this.#state === undefined) return;
    this.#current = undefined;
    if (outcome === "off") {
      this.#state = { ...this.#state, underWaySinceMs: undefined };
      this.#follow();
      return;
    }
    const { isOverdue } = this.#state;
    const nowMs = this.#clock.now();
    const step = ended(this.#state, outcome, this.#options.settings().flushIntervalMs, nowMs);
    this.#news.tell(outcome, this.#state, step, { nowMs, error, isOverdue });
    this.#state = step.state;
  }

  #timedOut(current: object, error: unknown): void {
    if (this.#current !== current || this.#state === undefined) return;
    const nowMs = this.#clock.now();
    const step = timedOut(this.#state, this.#options.settings().flushIntervalMs, nowMs);
    this.#news.tell("failed", this.#state, step, { nowMs, error, isOverdue: false });
    this.#state = step.state;
  }

  /** The settings, while flushes are on. */
  #follow(): FlushSettings | undefined {
    const settings = this.#options.settings();
    if (settings.enabled !== this.#isOn) {
      this.#isOn = settings.enabled;
      if (this.#isOn) this.#state = switchedOn(this.#clock.now(), this.#state);
      else if (this.#state !== undefined) this.#state = { ...this.#state, isOverdue: true };
      if (!this.#isOn) this.#cutOff?.();
    }
    return this.#isOn ? settings : undefined;
  }

  #tell(outcome: FlushResult, durationMs: number): void {
    try {
      this.#options.onFlush?.(outcome, durationMs);
    } catch (error) {
      this.#report.errorOnce("onFlush", "The onFlush callback threw", error);
    }
  }
}

/** What became of a flush. */
interface Done {
  readonly outcome: FlushResult | "off";
  readonly error?: unknown;
}
