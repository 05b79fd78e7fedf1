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

/** What a {@link Flusher} needs. If one of these functions throws or rejects, the flush has failed. */
export interface FlusherOptions {
  readonly clock: Clock;
  /** The settings in effect. Called for every request. */
  readonly settings: () => FlushSettings;
  /** Reads the settings again if they are stale. If this rejects, the flush has not failed. */
  readonly refreshSettings?: ((signal: AbortSignal) => unknown) | undefined;
  /**
   * Makes sure that the task number lasts for an export. The export may begin after `held`, and after
   * `unnumbered` (exports continue without a number).
   */
  readonly prepare: (
    signal: AbortSignal,
  ) => Promise<"held" | "unnumbered" | "no_number" | "failed">;
  /** Exports, once `prepare` allows it; gives up when the signal aborts. */
  readonly flush: (signal: AbortSignal) => Promise<unknown>;
  /** Called after each flush, with its outcome for the waiting request and how long the request waited. */
  readonly onFlush?: ((outcome: FlushResult, durationMs: number) => void) | undefined;
  /** Where events go. @default nowhere */
  readonly events?: EventSink | EventSinkProvider | undefined;
}

/**
 * What `ifDue` did. `flushed`, `no_number` and `failed` are results of a flush; `not_due`, `under_way`
 * (another request is flushing) and `off` mean that there was no flush.
 */
export type FlushOutcome = FlushResult | "not_due" | "under_way" | "off";

/** The limits of one flush. */
export interface FlushCall {
  /** The time limit in milliseconds; it applies if it is shorter than the limit of the settings. */
  readonly timeoutMs?: number;
}

/** The state of flushes. */
export interface FlushView {
  readonly isOn: boolean;
  readonly isUnderWay: boolean;
  /** The time since the last flush that succeeded began; undefined before the first one. */
  readonly lastSuccessAgeMs: number | undefined;
  /** The time until the next flush is due; 0 if it is due now. Undefined while flushes are off. */
  readonly nextInMs: number | undefined;
  readonly consecutiveFailures: number;
}

/**
 * Exports inside requests: at the end of a request, the handler checks {@link isDue} and awaits
 * {@link ifDue}. There are no timers between requests, because the process has no CPU then.
 */
export class Flusher {
  readonly #options: FlusherOptions;
  readonly #clock: Clock;
  readonly #report: Reporter = createReporter("flush");
  readonly #news: FlushNews;
  #isOn = false;
  #state: FlushState | undefined;
  /** The flush in progress in `#state`. */
  #current: object | undefined;
  #cutOff: (() => void) | undefined;

  constructor(options: FlusherOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#news = new FlushNews(this.#report, options.events);
  }

  /** Whether a request that ends now should flush. Cheap enough to call at every request. */
  get isDue(): boolean {
    if (this.#follow() === undefined) return false;
    const state = this.#state!;
    const clock = this.#clock;
    if (clock.estimate !== undefined && !isDue(state, clock.estimate())) return false;
    return isDue(state, clock.now());
  }

  /** The state of flushes. */
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
   * Applies the current settings: off cancels the flush in progress; on starts again with a flush that is
   * due at once. Every other method also does this, but too late if the settings change twice in between.
   */
  follow(): void {
    this.#follow();
  }

  /**
   * Exports if a flush is due and no other request is flushing. Never rejects; settles within the time
   * limit, even if the called functions ignore the signal.
   */
  ifDue(call: FlushCall = {}): Promise<FlushOutcome> {
    const settings = this.#follow();
    if (settings === undefined) return Promise.resolve("off");
    const nowMs = this.#clock.now();
    const state = this.#state!;
    if (isUnderWay(state, nowMs)) return Promise.resolve("under_way");
    if (!isDue(state, nowMs)) return Promise.resolve("not_due");
    if (state.underWaySinceMs !== undefined) {
      this.#report.errorOnce("lost", "A flush does not end; further flushes no longer wait for it");
    }
    this.#state = begun(state, nowMs);
    const timeoutMs = Math.min(call.timeoutMs ?? Infinity, settings.flushTimeoutMs);
    // Exporter and allocator work for the process, so outside the request's trace.
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
    // A flush that we gave up on, and that ends after all.
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

/** The outcome of a flush. */
interface Done {
  readonly outcome: FlushResult | "off";
  readonly error?: unknown;
}
