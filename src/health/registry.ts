import type { MeterProvider } from "@opentelemetry/api";
import { createEngine } from "../check/engine.ts";
import { CheckCancelledError } from "../check/errors.ts";
import type { Outcome } from "../check/result.ts";
import { showId } from "../identity/id.ts";
import { MetricRegistry } from "../metrics/registry.ts";
import type { Clock } from "../shared/clock.ts";
import { eventEmitter } from "../shared/events.ts";
import { Listeners } from "../shared/listeners.ts";
import { createReporter } from "../shared/report.ts";
import { withTimeout } from "../shared/timeout.ts";
import { type CheckRef, checkFunction, checkName, Entries, idOf } from "./entries.ts";
import { createEntry, type Entry, type EntryParts, resultOf, stateOf } from "./entry.ts";
import {
  HealthCheckAlreadyRegisteredError,
  HealthCheckNotAliveError,
  HealthCheckNotRegisteredError,
  ServiceNotAliveError,
} from "./errors.ts";
import { type Emit, events } from "./events.ts";
import { type HealthOptions, type HealthSettings, healthSettings } from "./health-options.ts";
import { healthMetrics } from "./metrics.ts";
import {
  checkSettings,
  type HealthCheckFunction,
  type HealthCheckOptions,
  type LivenessRule,
} from "./options.ts";
import { identify, planOf } from "./plan.ts";
import type { HealthCheckSpec, HealthEvents, Registration } from "./registration.ts";
import type { HealthCheckResult } from "./result.ts";

const SHUTDOWN_TIMEOUT_MS = 1_000;

/** The health checks of a service. They run from their registration on; their timers do not keep the process alive. */
export class HealthRegistry implements AsyncDisposable {
  readonly #settings: HealthSettings;
  readonly #parts: EntryParts;
  /** Our own registry; undefined if the caller passed one and connects it itself. */
  readonly #ownRegistry: MetricRegistry | undefined;
  /** @internal */
  protected readonly entries: Entries = new Entries();
  /** @internal */
  protected readonly emit: Emit;
  /** @internal */
  protected readonly clock: Clock;
  readonly #listeners = new Listeners<HealthEvents>("health", createReporter("health"));
  #over = false;

  /** @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` */
  constructor(options?: HealthOptions) {
    const settings = healthSettings(options);
    this.#ownRegistry = settings.registry ? undefined : new MetricRegistry();
    this.#settings = settings;
    this.clock = settings.clock;
    this.emit = eventEmitter("health", events, settings.events);
    const registry = settings.registry ?? this.#ownRegistry!;
    this.#parts = {
      engine: createEngine(settings.clock, settings.concurrency),
      metricsOf: healthMetrics(registry, settings.originalGauges),
      emit: this.emit,
      emitsAll: settings.resultEvents === "all",
      onResult: () => this.onResult(),
      onState: (result, before) => this.#listeners.emit("state", { result, before }),
    };
  }

  /** Connects the metrics to `provider`, unless you passed your own registry. */
  setMeterProvider(provider: MeterProvider): void {
    this.#ownRegistry?.setMeterProvider(provider);
  }

  /**
   * Registers a check and starts running it. A check of the same name is replaced: its run is cancelled,
   * its last result stays, and it is no longer paused.
   * @throws IllegalArgumentError `ERR_TASKMON_ILLEGAL_ARGUMENT` for an invalid name, id or check
   * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` for an invalid option
   * @throws HealthCheckAlreadyRegisteredError `ERR_TASKMON_HEALTH_CHECK_ALREADY_REGISTERED` if name and
   *   id belong to different checks, or `replace` is false
   * @throws ServiceNotAliveError `ERR_TASKMON_SERVICE_NOT_ALIVE` after the shutdown
   */
  register<F extends HealthCheckFunction, const O extends HealthCheckOptions = HealthCheckOptions>(
    name: string,
    check: F,
    options?: O & LivenessRule<F, O>,
  ): Registration {
    this.#throwIfOver();
    checkName(name);
    checkFunction(check);
    const known = this.entries.find(name);
    const id = idOf(name, options?.id, known?.id);
    const override = this.#settings.overrides(name, id);
    const settings = checkSettings(
      name,
      check,
      options,
      override,
      this.#settings.defaults,
      this.#settings.seedOf(id),
    );
    const holder = this.entries.find(id);
    if (known !== holder || (known !== undefined && options?.replace === false)) {
      throw new HealthCheckAlreadyRegisteredError(`${name} (${showId(id)})`);
    }
    const plan = planOf(name, check, settings);
    if (known === undefined) {
      const entry = createEntry({ name, id, check, settings }, plan, this.#parts);
      this.entries.add(entry);
      entry.metrics.state("unknown");
      entry.runner.start();
    } else {
      known.settings = settings;
      known.check = check;
      known.paused = false;
      known.runner.replace(plan);
      known.metrics.state(stateOf(known));
    }
    const replaced = known !== undefined;
    this.emit("registered", "info", `Health check ${name} is registered`, {
      ...identify({ name, id }),
      "health.check.interval_ms": settings.schedule.intervalMs,
      "health.check.timeout_ms": settings.timeoutMs,
      "health.check.replaced": replaced,
    });
    return { name, id, replaced };
  }

  /** Ends a check and removes its series. Returns false if there is no such check. */
  unregister(check: CheckRef): boolean {
    const entry = this.entries.find(check);
    if (entry === undefined) return false;
    entry.runner.stop();
    entry.metrics.remove();
    this.entries.delete(entry);
    this.emit(
      "unregistered",
      "info",
      `Health check ${entry.name} is unregistered`,
      identify(entry),
    );
    return true;
  }

  /** Whether there is such a check. */
  registered(check: CheckRef): boolean {
    return this.entries.find(check) !== undefined;
  }

  /** The ids of all checks, in the order of their registration. */
  ids(): bigint[] {
    return this.entries.all().map(({ id }) => id);
  }

  /** The names of all checks, in the order of their registration. */
  names(): string[] {
    return this.entries.all().map(({ name }) => name);
  }

  /**
   * The settings of a check.
   * @throws HealthCheckNotRegisteredError `ERR_TASKMON_HEALTH_CHECK_NOT_REGISTERED`
   */
  spec(check: CheckRef): HealthCheckSpec {
    const { name, id, settings } = this.#entry(check);
    return { name, id, intervalMs: settings.schedule.intervalMs, ...settings };
  }

  /**
   * The last result of a check. Runs nothing.
   * @throws HealthCheckNotRegisteredError `ERR_TASKMON_HEALTH_CHECK_NOT_REGISTERED`
   */
  result(check: CheckRef): HealthCheckResult {
    return resultOf(this.#entry(check));
  }

  /**
   * The outcomes of the last hundred runs of a check, the oldest first.
   * @throws HealthCheckNotRegisteredError `ERR_TASKMON_HEALTH_CHECK_NOT_REGISTERED`
   */
  history(check: CheckRef): Outcome[] {
    return this.#entry(check).runner.history;
  }

  /** Calls `listener` at each such event. @returns a function that removes the listener */
  on<E extends keyof HealthEvents>(
    event: E,
    listener: (detail: HealthEvents[E]) => void,
  ): () => void {
    return this.#listeners.on(event, listener);
  }

  /** The last results of all checks, in the order of their registration. Runs nothing. */
  results(): HealthCheckResult[] {
    return this.entries.all().map(resultOf);
  }

  /**
   * Ends the schedule of a check and cancels its run, without a result. Returns false if there is no such
   * check.
   */
  pause(check: CheckRef): boolean {
    const entry = this.entries.find(check);
    if (entry === undefined) return false;
    if (entry.paused) return true;
    entry.paused = true;
    entry.runner.stop();
    entry.metrics.state("paused");
    this.emit("paused", "info", `Health check ${entry.name} is paused`, identify(entry));
    return true;
  }

  /**
   * Restarts the schedule of a paused check. Its last result stays.
   * @throws HealthCheckNotRegisteredError `ERR_TASKMON_HEALTH_CHECK_NOT_REGISTERED`
   * @throws ServiceNotAliveError `ERR_TASKMON_SERVICE_NOT_ALIVE` after the shutdown
   */
  resume(check: CheckRef): void {
    const entry = this.#entry(check);
    this.#throwIfOver();
    if (!entry.paused) return;
    entry.paused = false;
    entry.runner.start();
    entry.metrics.state(stateOf(entry));
    this.emit("resumed", "info", `Health check ${entry.name} is resumed`, identify(entry));
  }

  /** The names of the checks that are paused. */
  paused(): string[] {
    return this.entries.all().flatMap(({ name, paused }) => (paused ? [name] : []));
  }

  /**
   * Runs a check now and returns its result; callers share a run in progress. The schedule does not change.
   * @throws HealthCheckNotRegisteredError `ERR_TASKMON_HEALTH_CHECK_NOT_REGISTERED`
   * @throws HealthCheckNotAliveError `ERR_TASKMON_HEALTH_CHECK_NOT_ALIVE` if it is paused, or is paused or
   *   replaced during the run
   * @throws ServiceNotAliveError `ERR_TASKMON_SERVICE_NOT_ALIVE` after the shutdown
   */
  async run(check: CheckRef): Promise<HealthCheckResult> {
    const entry = this.#entry(check);
    this.#throwIfOver();
    try {
      await entry.runner.run();
    } catch (error) {
      if (!(error instanceof CheckCancelledError)) throw error;
      this.#throwIfOver();
      this.#entry(check);
      throw new HealthCheckNotAliveError(entry.name);
    }
    return resultOf(entry);
  }

  /** Ends all checks, and waits at most a second for running ones. Never rejects; idempotent. */
  async shutdown(): Promise<void> {
    this.#over = true;
    const runners = this.entries.all().map(({ runner }) => runner);
    for (const runner of runners) runner.stop();
    await withTimeout(this.clock, "The checks", SHUTDOWN_TIMEOUT_MS, async () => {
      await Promise.all(runners.map((runner) => runner.idle()));
    }).catch(() => undefined);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown();
  }

  /** @internal Called when a check has a new result. */
  protected onResult(): void {
    // Subclasses override it.
  }

  #entry(check: CheckRef): Entry {
    const entry = this.entries.find(check);
    if (entry === undefined)
      throw new HealthCheckNotRegisteredError(typeof check === "bigint" ? showId(check) : check);
    return entry;
  }

  #throwIfOver(): void {
    if (this.#over) throw new ServiceNotAliveError();
  }
}
