import type { Clock } from "../shared/clock.ts";
import { eventEmitter } from "../shared/events.ts";
import { Listeners } from "../shared/listeners.ts";
import { keysOf, optionsObject, textOption } from "../shared/options.ts";
import { repeat } from "../shared/repeat.ts";
import { createReporter, type Reporter, setLogLevel } from "../shared/report.ts";
import { withTimeout } from "../shared/timeout.ts";
import { settingsFromEnv } from "./environment.ts";
import { SettingsError } from "./errors.ts";
import { type Emit, events } from "./events.ts";
import { FailureState, type SettingsFailure } from "./failure.ts";
import type { LiveSettings, SettingsEvents, UpdateOptions } from "./live.ts";
import { changesBetween, mergeInputs, mergeSettings } from "./merge.ts";
import { type RefreshOutcome, settingsMetrics } from "./metrics.ts";
import {
  type CheckedOptions,
  checkOptions,
  checkValues,
  type SettingsOptions,
  type SettingsParts,
} from "./options.ts";
import { DEFAULT_SETTINGS, type Settings, type SettingsInput } from "./settings.ts";
import type { SettingsSource } from "./source.ts";

const UPDATE_OPTIONS = keysOf<UpdateOptions>({ who: true, why: true });

/** The wait between a source's change and the next read: changes come in bursts. */
const SETTLE_MS = 50;

/**
 * Keeps the settings: always available, never applied in part, as recent as the source allows. A source may
 * fail in any way; the host only gets a report.
 */
export class SettingsStore implements LiveSettings {
  readonly #options: CheckedOptions;
  readonly #clock: Clock;
  readonly #emit: Emit;
  readonly #count: ((outcome: RefreshOutcome) => void) | undefined;
  readonly #report: Reporter = createReporter("settings");
  readonly #listeners = new Listeners<SettingsEvents>("settings", this.#report);
  /** The defaults and, over them, the environment. */
  readonly #base: Settings;
  readonly #environment: FailureState;
  readonly #failure: FailureState | undefined;
  #fromCode: SettingsInput;
  #fromSource: SettingsInput = {};
  #current: Settings;
  /** When the source is due to be read again, by the clock. */
  #staleAtMs: number;
  #underWay: Promise<Settings> | undefined;
  #running: { readonly first: Promise<Settings>; readonly stop: () => void } | undefined;
  #ended: AbortController = new AbortController();

  /** Does not read the source yet. @throws InvalidOptionError, SettingsError */
  constructor(options?: SettingsOptions, parts: SettingsParts = {}) {
    const checked = (this.#options = checkOptions(options, parts));
    const { source, clock } = checked;
    this.#clock = clock;
    this.#emit = eventEmitter("settings", events, parts.events);
    this.#count = parts.registry && settingsMetrics(parts.registry);
    const env = settingsFromEnv(parts.env ?? process.env);
    this.#base = mergeSettings(DEFAULT_SETTINGS, [env.settings]);
    this.#fromCode = checked.values;
    this.#current = mergeSettings(this.#base, [this.#fromCode]);
    this.#staleAtMs = source === undefined ? Infinity : -Infinity;
    setLogLevel(this.#current.logLevel);
    this.#environment = new FailureState("environment", this.#emit);
    if (env.problems.length > 0) {
      this.#environment.failed(new SettingsError(env.problems), clock.wallTime());
    }
    this.#failure = source && new FailureState(source.name, this.#emit);
  }

  get current(): Settings {
    return this.#current;
  }

  get error(): SettingsFailure | undefined {
    return this.#failure?.current ?? this.#environment.current;
  }

  on<E extends keyof SettingsEvents>(
    event: E,
    listener: (detail: SettingsEvents[E]) => void,
  ): () => void {
    return this.#listeners.on(event, listener);
  }

  /** Watches the source and reads it regularly. Idempotent. @returns when it has been read once */
  start(): Promise<Settings> {
    this.#running ??= this.#run();
    return this.#running.first;
  }

  /** Stops reading the source; the settings in effect stay. Idempotent; {@link start} begins again. */
  stop(): void {
    this.#running?.stop();
    this.#running = undefined;
    this.#ended.abort(new Error("The settings were closed"));
    this.#underWay = undefined;
    this.#staleAtMs = Infinity;
  }

  update(settings: SettingsInput, by?: UpdateOptions): Settings {
    const given = optionsObject("update", by, UPDATE_OPTIONS);
    const who = textOption("update.who", given.who ?? "code");
    const why = given.why === undefined ? undefined : textOption("update.why", given.why, 1_000);
    const said = checkValues(settings, who);
    // Together they may name too many metrics or services.
    this.#fromCode = checkValues(mergeInputs(this.#fromCode, said), who);
    this.#apply(who, why);
    const overruled = changesBetween(this.#current, mergeSettings(this.#current, [said]));
    for (const { name, from } of overruled) {
      this.#report.info(`${name} stays ${from}, because ${this.#options.source?.name} sets it`);
    }
    return this.#current;
  }

  refresh(): Promise<Settings> {
    if (this.#underWay !== undefined) return this.#underWay;
    if (this.#options.source === undefined || this.#ended.signal.aborted) {
      return Promise.resolve(this.#current);
    }
    const underWay = this.#refresh(this.#options.source, this.#ended.signal).finally(() => {
      if (this.#underWay === underWay) this.#underWay = undefined;
    });
    return (this.#underWay = underWay);
  }

  /**
   * Starts a read of the source if it is due, without waiting for it. While started, a timer does this, and
   * this call costs nothing; reading the machine's clock at each request would.
   */
  refreshIfStale(): void {
    if (this.#running !== undefined) return;
    if (this.#clock.now() >= this.#staleAtMs) void this.refresh();
  }

  #run(): { readonly first: Promise<Settings>; readonly stop: () => void } {
    if (this.#ended.signal.aborted) this.#ended = new AbortController();
    const { source, cacheMs } = this.#options;
    if (source === undefined) return { first: Promise.resolve(this.#current), stop: () => {} };
    const unwatch = this.#watch(source);
    const step = (): Promise<number> => this.refresh().then(() => cacheMs);
    const loop = repeat(this.#clock, step, cacheMs);
    return {
      // The loop's first step has begun it.
      first: this.refresh(),
      stop: () => {
        loop.stop();
        unwatch();
      },
    };
  }

  #watch(source: SettingsSource): () => void {
    let isOver = false;
    let cancel: (() => void) | undefined;
    const ask = async (): Promise<void> => {
      // The read in progress may have seen the old values.
      await this.#underWay;
      cancel = undefined;
      if (!isOver) await this.refresh();
    };
    const changed = (): void => {
      if (!isOver) cancel ??= this.#clock.after(SETTLE_MS, () => void ask());
    };
    const guard = <T>(call: () => T): T | undefined => {
      try {
        return call();
      } catch (error) {
        this.#report.warnOnce("watch", `${source.name} cannot be watched`, error);
        return undefined;
      }
    };
    const end = guard(() => source.watch?.(changed));
    return () => {
      isOver = true;
      cancel?.();
      guard(() => end?.());
    };
  }

  /** Never rejects. */
  async #refresh(source: SettingsSource, ended: AbortSignal): Promise<Settings> {
    const { timeoutMs, cacheMs } = this.#options;
    const what = `Loading the settings of ${source.name}`;
    let outcome: RefreshOutcome;
    try {
      const load = async (signal: AbortSignal): Promise<unknown> => source.load({ signal });
      const value = await withTimeout(this.#clock, what, timeoutMs, load, ended);
      const said = checkValues(value, source.name);
      if (ended.aborted) return this.#current;
      this.#fromSource = said;
      outcome = this.#succeeded(source) ? "changed" : "unchanged";
    } catch (error) {
      if (ended.aborted) return this.#current;
      this.#failed(error);
      outcome = "failed";
    }
    this.#count?.(outcome);
    this.#staleAtMs = this.#clock.now() + cacheMs;
    return this.#current;
  }

  /** @returns whether anything changed */
  #succeeded(source: SettingsSource): boolean {
    const failure = this.#failure?.recovered();
    if (failure !== undefined) this.#listeners.emit("recovered", failure);
    return this.#apply(source.name);
  }

  #failed(error: unknown): void {
    const isNews = this.#failure?.failed(error, this.#clock.wallTime());
    if (isNews) this.#listeners.emit("failed", this.#failure!.current!);
  }

  /** Puts the current values of all origins into effect. @returns whether anything changed */
  #apply(who: string, why?: string): boolean {
    const from = this.#current;
    const to = mergeSettings(this.#base, [this.#fromCode, this.#fromSource]);
    const changes = changesBetween(from, to);
    this.#current = to;
    if (changes.length === 0) return false;
    setLogLevel(to.logLevel);
    const atMs = this.#clock.wallTime();
    this.#listeners.emit("applied", to);
    for (const change of changes) {
      const said = `${change.name} changed from ${change.from} to ${change.to}, by ${who}${why === undefined ? "" : `: ${why}`}`;
      this.#report.info(said);
      this.#emit("changed", "info", said, {
        "taskmon.setting.name": change.name,
        "taskmon.setting.from": String(change.from),
        "taskmon.setting.to": String(change.to),
        "taskmon.settings.source": who,
        "taskmon.setting.reason": why,
      });
      const reason = why === undefined ? {} : { why };
      this.#listeners.emit("change", Object.freeze({ ...change, who, ...reason, atMs }));
    }
    return true;
  }
}
