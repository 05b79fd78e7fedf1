import type { CheckEngine } from "../check/engine.ts";
import type { Clock } from "../shared/clock.ts";
import { messageOf } from "../shared/errors.ts";
import { Listeners } from "../shared/listeners.ts";
import { raceAbort } from "../shared/race.ts";
import { createReporter } from "../shared/report.ts";
import { UnknownServiceError } from "./errors.ts";
import type { Emit } from "./events.ts";
import { Habit } from "./habit.ts";
import type { ServiceMetrics } from "./metrics.ts";
import type { ServiceSettings } from "./options.ts";
import { type Found, Prober } from "./prober.ts";
import type {
  Decision,
  MonitoredService,
  MonitorEvents,
  MonitorView,
  ProbeView,
  WaitOptions,
} from "./service.ts";
import { Slot } from "./slot.ts";
import {
  forwardAnswered,
  forwardFailed,
  isHeld,
  NOTHING_KNOWN,
  probed,
  setUp,
  type Standing,
} from "./standing.ts";
import { shownUrl } from "./target.ts";
import {
  TRIGGER_SLOTS,
  type TriggerOutcome,
  type TriggerReason,
  type TriggerSlot,
} from "./trigger.ts";
import { Waiters } from "./waiters.ts";

/** What a service needs of those around it. */
export interface ServiceContext {
  readonly engine: Omit<CheckEngine, "limiter">;
  /** The exact one: a grace is kept to the millisecond. */
  readonly clock: Clock;
  readonly metrics: ServiceMetrics;
  readonly emit: Emit;
}

/** How often a service is looked at for those who wait, where no floor says it. */
const WAIT_RHYTHM_MS = 250;
/** A service that is late is expected back in a part of the time it was waited for, at most in this. */
const MAX_LATE_MS = 60_000;

/** One service: what is known of it, the probe that asks, and the triggers. */
export class Service implements MonitoredService {
  readonly #settings: ServiceSettings;
  readonly #context: ServiceContext;
  readonly #prober: Prober;
  readonly #waiters: Waiters;
  readonly #slots: Readonly<Partial<Record<TriggerSlot, Slot>>>;
  readonly #lifetime = new AbortController();
  readonly #report = createReporter("monitor");
  readonly #listeners = new Listeners<MonitorEvents>("service", this.#report);
  readonly #habit = new Habit();
  readonly #estimate: () => number;
  #standing: Standing = NOTHING_KNOWN;
  /** Of the standing, for {@link peek}: until when it is up or down for sure. */
  #upUntilMs = -Infinity;
  #downUntilMs = -Infinity;
  /** How often someone said that it is up: what a probe finds that began before is older than that. */
  #sayings = 0;
  #flight: Promise<boolean> | undefined;
  #next: Promise<boolean> | undefined;
  #since: number;
  /** When the way from down to up began: with the first trigger, or else with the down. */
  #downAtMs = 0;
  #wokenAtMs: number | undefined;
  #lastProbe: ProbeView | undefined;

  constructor(settings: ServiceSettings, context: ServiceContext) {
    this.#settings = settings;
    this.#context = context;
    const { clock, engine } = context;
    const { name, target, probe, timeoutMs, triggers, triggerTimeoutMs } = settings;
    this.#estimate = clock.estimate?.bind(clock) ?? clock.now.bind(clock);
    this.#since = clock.wallTime();
    this.#prober = new Prober({ service: name, target, probe, timeoutMs, engine });
    this.#waiters = new Waiters(clock, () => this.#look());
    const slotContext = {
      ...{ engine, timeoutMs: triggerTimeoutMs, lifetime: this.#lifetime.signal },
      onFired: (reason: TriggerReason, outcome: TriggerOutcome, error?: Error) =>
        this.#onFired(reason, outcome, error),
    };
    this.#slots = Object.fromEntries(
      Object.entries(triggers).map(([slot, trigger]) => [
        slot,
        new Slot(trigger, { service: name, slot: slot as TriggerSlot }, slotContext),
      ]),
    );
    if (settings.first === "now") this.#fly().catch(() => undefined);
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
    if (isHeld(this.#standing, this.#context.clock.now())) return this.#verdict();
    return raceAbort(() => this.#fly(), signal);
  }

  peek(): boolean | undefined {
    const nowMs = this.#estimate();
    if (nowMs <= this.#upUntilMs) return true;
    return nowMs < this.#downUntilMs ? false : undefined;
  }

  async reprobe({ signal }: WaitOptions = {}): Promise<boolean> {
    signal?.throwIfAborted();
    this.#throwIfClosed();
    return raceAbort(() => this.#flyAnew(), signal);
  }

  setUp(): void {
    if (this.#lifetime.signal.aborted) return;
    this.#sayings++;
    this.#become(setUp(this.#settings.rules, this.#context.clock.now()));
  }

  observe(evidence: "answered" | "failed"): void {
    const before = this.#standing;
    const after =
      evidence === "failed" ? forwardFailed(this.#settings.rules, before) : forwardAnswered(before);
    if (after !== before) this.#become(after);
  }

  count(decision: Decision): void {
    if (!this.#lifetime.signal.aborted) this.#context.metrics.request(decision);
  }

  wake({ decision }: { readonly decision: "forwarded" | "unavailable" }): void {
    if (decision === "unavailable") this.#wokenAtMs ??= this.#estimate();
    this.#slots.always?.fire();
    if (decision === "forwarded") this.#slots.onUp?.fire();
    else this.#slots.onDown?.fire();
  }

  async waitUntilUp({
    waitMs,
    signal,
  }: {
    readonly waitMs: number;
    readonly signal?: AbortSignal;
  }): Promise<boolean> {
    if (this.#lifetime.signal.aborted || signal?.aborted === true) return false;
    return (this.peek() ?? false) ? true : this.#waiters.wait(waitMs, signal);
  }

  retryAfterMs(): number {
    if (this.peek() === true) return 0;
    const nowMs = this.#estimate();
    const { heldUntilMs } = this.#standing;
    const nextProbeMs = Math.max(0, heldUntilMs - nowMs);
    return Math.max(nextProbeMs, this.#expectedMs(nowMs) ?? 0);
  }

  view(): MonitorView {
    const { name, url } = this.#settings;
    const { state } = this.#standing;
    const usualWakeMs = this.#usualWakeMs;
    const expectedUpMs = state === "down" ? this.#expectedMs(this.#estimate()) : undefined;
    return {
      ...{ name, url: shownUrl(url), state, since: this.#since },
      ...(this.#lastProbe !== undefined && { lastProbe: this.#lastProbe }),
      triggers: TRIGGER_SLOTS.flatMap((slot) => this.#slots[slot]?.view ?? []),
      ...(usualWakeMs !== undefined && { usualWakeMs }),
      ...(expectedUpMs !== undefined && { expectedUpMs }),
    };
  }

  on<E extends keyof MonitorEvents>(
    event: E,
    listener: (detail: MonitorEvents[E]) => void,
  ): () => void {
    return this.#listeners.on(event, listener);
  }

  close(): void {
    if (this.#lifetime.signal.aborted) return;
    const reason = new UnknownServiceError(this.name);
    this.#lifetime.abort(reason);
    this.#prober.cancel(reason);
    this.#waiters.end(false);
    this.#upUntilMs = this.#downUntilMs = -Infinity;
    this.#context.metrics.remove();
  }

  get #usualWakeMs(): number | undefined {
    return this.#habit.medianMs ?? this.#settings.usualWakeMs;
  }

  /** In how long it is expected up, where that is known. */
  #expectedMs(nowMs: number): number | undefined {
    if (this.#standing.state !== "down") return undefined;
    const waitedMs = nowMs - (this.#wokenAtMs ?? this.#downAtMs);
    const leftMs = (this.#usualWakeMs ?? 0) - waitedMs;
    if (leftMs > 0) return leftMs;
    // What takes longer than usual, or than anyone knows, is asked for more and more rarely.
    return Math.min(waitedMs / 4, MAX_LATE_MS);
  }

  /** A probe that may have begun before the call. */
  #fly(): Promise<boolean> {
    this.#flight ??= this.#probe().finally(() => (this.#flight = undefined));
    // Nobody need wait for it.
    this.#flight.catch(() => undefined);
    return this.#flight;
  }

  /** A probe that begins after the call. */
  #flyAnew(): Promise<boolean> {
    if (this.#flight === undefined) return this.#fly();
    this.#next ??= this.#flight
      .catch(() => undefined)
      .then(() => {
        this.#next = undefined;
        this.#throwIfClosed();
        return this.#fly();
      });
    return this.#next;
  }

  async #probe(): Promise<boolean> {
    const { clock, metrics } = this.#context;
    const sayings = this.#sayings;
    // Not before those who ask meanwhile can share it: the probe itself may be one of them.
    await Promise.resolve();
    this.#throwIfClosed();
    const at = clock.wallTime();
    const startedAtMs = clock.now();
    const found = await this.#prober.probe();
    this.#throwIfClosed();
    const nowMs = clock.now();
    const probe = viewOf(found, at, nowMs - startedAtMs);
    metrics.probe(probe.durationMs, found);
    this.#lastProbe = probe;
    if (sayings === this.#sayings) this.#judge(found, nowMs);
    this.#listeners.emit("probe", { service: this.name, probe });
    if (found.outcome === "unknown" && sayings === this.#sayings) throw found.error;
    return this.#verdict();
  }

  #judge(found: Found, nowMs: number): void {
    // It proves nothing.
    if (found.outcome === "unknown") return;
    const finding = {
      up: found.outcome === "up",
      ...(found.outcome === "error" && { error: found.error }),
    };
    const errorType = "errorType" in found ? found.errorType : undefined;
    this.#become(probed(this.#settings.rules, this.#standing, finding, nowMs), errorType);
  }

  #verdict(): boolean {
    const { state, error } = this.#standing;
    if (error !== undefined) throw error;
    return state === "up";
  }

  #become(after: Standing, errorType?: string): void {
    const before = this.#standing;
    this.#standing = after;
    const { state, heldUntilMs, error } = after;
    this.#upUntilMs = state === "up" ? heldUntilMs : -Infinity;
    this.#downUntilMs = state === "down" && error === undefined ? heldUntilMs : -Infinity;
    if (state !== before.state) this.#onState(before, after, errorType);
    if (state === "up") this.#waiters.end(true);
  }

  #onState(
    { state: from }: Standing,
    { state: to, stampedAtMs }: Standing,
    errorType?: string,
  ): void {
    const { clock, metrics, emit } = this.#context;
    this.#since = clock.wallTime();
    if (from === "down") {
      const tookMs = Math.max(0, stampedAtMs - (this.#wokenAtMs ?? this.#downAtMs));
      this.#habit.add(tookMs);
      metrics.recovered(tookMs);
    }
    this.#downAtMs = stampedAtMs;
    this.#wokenAtMs = undefined;
    metrics.state(to);
    const { name } = this;
    emit("state", to === "down" ? "warn" : "info", `Service ${name} is ${to}`, {
      "health.monitor.name": name,
      "health.monitor.state": to,
      "health.monitor.state.before": from,
      "error.type": errorType,
    });
    this.#listeners.emit("state", { service: name, from, to });
  }

  #onFired({ slot }: TriggerReason, outcome: TriggerOutcome, error?: Error): void {
    const { metrics, emit } = this.#context;
    const { name } = this;
    metrics.trigger(slot, outcome);
    if (outcome === "failed" || outcome === "timeout") {
      this.#report.warnOnce(slot, `The trigger ${slot} of service ${name} failed`, error);
      emit("trigger", "warn", `The trigger ${slot} of ${name} failed: ${messageOf(error)}`, {
        "health.monitor.name": name,
        "health.monitor.slot": slot,
        "health.monitor.outcome": outcome,
      });
    } else if (outcome === "done") {
      this.#report.recovered(slot, `The trigger ${slot} of service ${name} works again`);
    }
    const detail = { service: name, slot, outcome, ...(error !== undefined && { error }) };
    this.#listeners.emit("trigger", detail);
  }

  /** Looks once for those who wait. @returns in how many milliseconds to look again */
  async #look(): Promise<number> {
    const { floorMs } = this.#settings.rules;
    const { heldUntilMs } = this.#standing;
    const nowMs = this.#context.clock.now();
    if (isHeld(this.#standing, nowMs)) return heldUntilMs - nowMs;
    await this.#fly().catch(() => undefined);
    return floorMs === 0 ? WAIT_RHYTHM_MS : floorMs;
  }

  #throwIfClosed(): void {
    this.#lifetime.signal.throwIfAborted();
  }
}

function viewOf(found: Found, at: number, durationMs: number): ProbeView {
  const error = "error" in found ? { error: messageOf(found.error) } : {};
  return { at, durationMs, outcome: found.outcome, ...error };
}
