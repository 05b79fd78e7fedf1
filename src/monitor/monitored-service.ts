import type { CheckEngine } from "../check/engine.ts";
import type { Clock } from "../shared/clock.ts";
import { messageOf } from "../shared/errors.ts";
import { raceAbort } from "../shared/race.ts";
import { withoutUser } from "../shared/url-user.ts";
import { Announcer } from "./announcer.ts";
import { UnknownServiceError } from "./errors.ts";
import type { Emit } from "./events.ts";
import type { ServiceMetrics } from "./metrics.ts";
import type { ServiceSettings } from "./options.ts";
import { type Found, Prober } from "./prober.ts";
import { Recovery } from "./recovery.ts";
import type {
  Decision,
  MonitoredService,
  MonitorEvents,
  MonitorView,
  ProbeView,
  WaitOptions,
} from "./service.ts";
import { SharedCall } from "./shared-call.ts";
import { type Slots, slotsOf } from "./slot.ts";
import * as standings from "./standing.ts";
import { TRIGGER_SLOTS } from "./trigger.ts";
import { Waiters } from "./waiters.ts";

/** What a service gets from its monitor. */
export interface ServiceContext {
  readonly engine: Omit<CheckEngine, "limiter">;
  /** The exact clock, not the engine's cheap one: the grace period is exact to the millisecond. */
  readonly clock: Clock;
  readonly metrics: ServiceMetrics;
  readonly emit: Emit;
}

/** How often we probe a service for waiting callers if `floorMs` is 0. */
const WAIT_RHYTHM_MS = 250;

/** One service: its state, its probe, and its triggers. */
export class Service implements MonitoredService {
  readonly #settings: ServiceSettings;
  readonly #clock: Clock;
  readonly #metrics: ServiceMetrics;
  readonly #announcer: Announcer;
  readonly #prober: Prober;
  readonly #probe = new SharedCall(() => this.#probeOnce());
  readonly #waiters: Waiters;
  readonly #slots: Slots;
  readonly #recovery: Recovery;
  readonly #lifetime = new AbortController();
  readonly #estimate: () => number;
  #standing: standings.Standing = standings.NOTHING_KNOWN;
  /** For {@link peek}: until when the cached state `up` or `down` is valid. */
  #upUntilMs = -Infinity;
  #downUntilMs = -Infinity;
  /** How often `setUp` was called. The result of a probe that began before the last call is outdated. */
  #setUpCalls = 0;
  #since: number;
  #lastProbe: ProbeView | undefined;

  constructor(settings: ServiceSettings, { clock, engine, metrics, emit }: ServiceContext) {
    this.#settings = settings;
    this.#clock = clock;
    this.#metrics = metrics;
    this.#estimate = clock.estimate?.bind(clock) ?? clock.now.bind(clock);
    this.#since = clock.wallTime();
    const { name, target, probe, timeoutMs, triggers, triggerTimeoutMs } = settings;
    const announcer = (this.#announcer = new Announcer(name, metrics, emit));
    this.#prober = new Prober({ service: name, target, probe, timeoutMs, engine });
    this.#waiters = new Waiters(clock, () => this.#look());
    this.#recovery = new Recovery(settings.usualWakeMs);
    this.#slots = slotsOf(name, triggers, {
      ...{ engine, timeoutMs: triggerTimeoutMs, lifetime: this.#lifetime.signal },
      onFired: ({ slot }, outcome, error) => announcer.trigger(slot, outcome, error),
    });
    if (settings.first === "now") this.#probe.join().catch(() => undefined);
  }

  get name(): string {
    return this.#settings.name;
  }

  get url(): URL {
    return this.#settings.url;
  }

  async status({ signal }: WaitOptions = {}): Promise<boolean> {
    signal?.throwIfAborted();
    this.#throwIfClosed();
    if (standings.isHeld(this.#standing, this.#clock.now())) return this.#verdict();
    return raceAbort(() => this.#probe.join(), signal);
  }

  peek(): boolean | undefined {
    const nowMs = this.#estimate();
    if (nowMs <= this.#upUntilMs) return true;
    return nowMs < this.#downUntilMs ? false : undefined;
  }

  async reprobe({ signal }: WaitOptions = {}): Promise<boolean> {
    signal?.throwIfAborted();
    this.#throwIfClosed();
    return raceAbort(() => this.#probe.anew(), signal);
  }

  setUp(): void {
    if (this.#isClosed) return;
    this.#setUpCalls++;
    this.#become(standings.setUp(this.#settings.rules, this.#clock.now()));
  }

  observe(evidence: "answered" | "failed"): void {
    const before = this.#standing;
    const after =
      evidence === "failed"
        ? standings.forwardFailed(this.#settings.rules, before)
        : standings.forwardAnswered(before);
    if (after !== before) this.#become(after);
  }

  count(decision: Decision): void {
    if (!this.#isClosed) this.#metrics.request(decision);
  }

  wake({ decision }: { readonly decision: "forwarded" | "unavailable" }): void {
    if (decision === "unavailable") this.#recovery.wake(this.#estimate());
    this.#slots.always?.fire();
    if (decision === "forwarded") this.#slots.onUp?.fire();
    else this.#slots.onDown?.fire();
  }

  async waitUntilUp({
    waitMs,
    signal,
  }: WaitOptions & { readonly waitMs: number }): Promise<boolean> {
    if (this.#isClosed || signal?.aborted === true) return false;
    return this.peek() === true || this.#waiters.wait(waitMs, signal);
  }

  retryAfterMs(): number {
    if (this.peek() === true) return 0;
    const nowMs = this.#estimate();
    const nextProbeMs = this.#standing.heldUntilMs - nowMs;
    return Math.max(0, nextProbeMs, this.#recovery.expectedMs(nowMs) ?? 0);
  }

  view(): MonitorView {
    const { name, url } = this.#settings;
    const { usualMs } = this.#recovery;
    const expectedUpMs = this.#recovery.expectedMs(this.#estimate());
    return {
      ...{ name, url: withoutUser(url).href, state: this.#standing.state, since: this.#since },
      ...(this.#lastProbe !== undefined && { lastProbe: this.#lastProbe }),
      triggers: TRIGGER_SLOTS.flatMap((slot) => this.#slots[slot]?.view ?? []),
      ...(usualMs !== undefined && { usualWakeMs: usualMs }),
      ...(expectedUpMs !== undefined && { expectedUpMs }),
    };
  }

  on<E extends keyof MonitorEvents>(
    event: E,
    listener: (detail: MonitorEvents[E]) => void,
  ): () => void {
    return this.#announcer.on(event, listener);
  }

  close(): void {
    if (this.#isClosed) return;
    const reason = new UnknownServiceError(this.name);
    this.#lifetime.abort(reason);
    this.#prober.cancel(reason);
    this.#waiters.end(false);
    this.#upUntilMs = this.#downUntilMs = -Infinity;
    this.#metrics.remove();
  }

  async #probeOnce(): Promise<boolean> {
    this.#throwIfClosed();
    const setUpCalls = this.#setUpCalls;
    const [at, startedAtMs] = [this.#clock.wallTime(), this.#clock.now()];
    const found = await this.#prober.probe();
    this.#throwIfClosed();
    const nowMs = this.#clock.now();
    this.#lastProbe = viewOf(found, at, nowMs - startedAtMs);
    const isOutdated = setUpCalls !== this.#setUpCalls;
    if (!isOutdated) this.#judge(found, nowMs);
    this.#announcer.probe(this.#lastProbe, found);
    if (found.outcome === "unknown" && !isOutdated) throw found.error;
    return this.#verdict();
  }

  #judge(found: Found, nowMs: number): void {
    if (found.outcome === "unknown") return;
    const finding = {
      up: found.outcome === "up",
      ...(found.outcome === "error" && { error: found.error }),
    };
    const errorType = "errorType" in found ? found.errorType : undefined;
    const after = standings.probed(this.#settings.rules, this.#standing, finding, nowMs);
    this.#become(after, errorType);
  }

  #verdict(): boolean {
    const { state, error } = this.#standing;
    if (error !== undefined) throw error;
    return state === "up";
  }

  #become(after: standings.Standing, errorType?: string): void {
    const { state: before } = this.#standing;
    const { state, heldUntilMs, stampedAtMs, error } = after;
    this.#standing = after;
    this.#upUntilMs = state === "up" ? heldUntilMs : -Infinity;
    this.#downUntilMs = state === "down" && error === undefined ? heldUntilMs : -Infinity;
    if (state !== before) {
      this.#since = this.#clock.wallTime();
      const tookMs = this.#recovery.end(stampedAtMs);
      if (tookMs !== undefined) this.#announcer.recovered(tookMs);
      if (state === "down") this.#recovery.begin(stampedAtMs);
      this.#announcer.state(before, state, errorType);
    }
    if (state === "up") this.#waiters.end(true);
  }

  /** Probes for waiting callers, if the cached state is no longer valid. @returns the milliseconds until the next probe */
  async #look(): Promise<number> {
    const nowMs = this.#clock.now();
    if (standings.isHeld(this.#standing, nowMs)) return this.#standing.heldUntilMs - nowMs;
    await this.#probe.join().catch(() => undefined);
    const { floorMs } = this.#settings.rules;
    return floorMs === 0 ? WAIT_RHYTHM_MS : floorMs;
  }

  get #isClosed(): boolean {
    return this.#lifetime.signal.aborted;
  }

  #throwIfClosed(): void {
    this.#lifetime.signal.throwIfAborted();
  }
}

function viewOf(found: Found, at: number, durationMs: number): ProbeView {
  const error = "error" in found ? { error: messageOf(found.error) } : {};
  return { at, durationMs, outcome: found.outcome, ...error };
}
