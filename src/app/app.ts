import { hostname } from "node:os";
import { formatId, type IdInput, parseId } from "../identity/id.ts";
import { type Identity, resolveIdentity } from "../identity/identity.ts";
import { MetricRegistry } from "../metrics/registry.ts";
import { type Clock, systemClock } from "../shared/clock.ts";
import { booleanOption, keysOf, numberOption, optionsObject } from "../shared/options.ts";
import type { AppOptions, AppShutdownOptions, AppTaskmon } from "./app-options.ts";
import { AppConfig } from "./config/app-config.ts";
import { type AppShutdownReport, endOf } from "./ending.ts";
import type { AppError, ErrorOrigin } from "./errors/app-error.ts";
import { appNotAlive, serviceAlreadyRegistered, serviceNotRegistered } from "./errors/catalogue.ts";
import { ErrorReports } from "./errors/error-reports.ts";
import { AppLog } from "./events/app-log.ts";
import { LOG_EVENTS } from "./events/catalogue.ts";
import type { EventSpec } from "./events/event-spec.ts";
import type { ServiceLogger, ServiceLogLevel } from "./events/service-logger.ts";
import { type AppMetrics, appMetrics } from "./metrics.ts";
import { Readiness } from "./readiness.ts";
import { inOrder } from "./services/graph.ts";
import { Life, type LifeState } from "./services/lifecycle.ts";
import { Service, type ServiceHooks, type ServiceStop } from "./services/service.ts";
import type { ServiceSpec } from "./services/service-spec.ts";
import { startAll, type StartReport } from "./services/start-all.ts";

/** The states that a service can be in. */
const STATES: readonly LifeState[] = ["new", "starting", "alive", "dying", "dead"];

/** A process made of services. */
export class App implements AsyncDisposable {
  readonly identity: Identity;
  readonly config: AppConfig;
  readonly startedAt: Date;
  readonly pid: number = process.pid;
  readonly host: string = hostname();
  readonly #clock: Clock;
  readonly #taskmon: AppTaskmon | undefined;
  readonly #registry: MetricRegistry;
  readonly #metrics: AppMetrics;
  readonly #drainMs: number;
  readonly #endOnFatal: boolean;
  readonly #services = new Map<bigint, Service>();
  readonly #log: AppLog;
  readonly #reports: ErrorReports;
  readonly #life = new Life();
  readonly #readiness: Readiness;
  #ending: Promise<AppShutdownReport> | undefined;
  #exitCode = 0;

  /** @internal Use {@link createApp}. */
  constructor(options: AppOptions = {}) {
    const given = optionsObject<AppOptions>("app", options, KEYS);
    this.#clock = given.clock ?? systemClock();
    this.#taskmon = given.taskmon;
    this.identity = given.taskmon?.identity ?? resolveIdentity();
    this.#registry = given.taskmon?.metrics ?? new MetricRegistry();
    this.#metrics = appMetrics(this.#registry);
    this.startedAt = new Date(this.#clock.wallTime());
    this.#log = new AppLog(given.logger, given.logLevel, this.identity);
    this.#reports = new ErrorReports({
      origin: this.origin,
      loggerOf: (service) => (service === 0n ? this.#log.own : this.logger(service)),
      count: ({ spec }) => this.#metrics.error(spec),
    });
    this.#drainMs = numberOption("app.drainMs", given.drainMs, {
      min: 0,
      max: 600_000,
      default: 0,
    });
    this.#endOnFatal = booleanOption("app.endOnFatal", given.endOnFatal, false);
    this.#readiness = new Readiness(given.taskmon?.health, this);
    this.config = new AppConfig(given.config, this.#clock, (error) => void this.report(error));
    for (const state of STATES) this.#metrics.observe(state, () => this.#count(state));
    for (const spec of given.services ?? []) this.register(spec);
  }

  get state(): LifeState {
    return this.#life.state;
  }

  /** Resolves when all services are alive; rejects where the app ends before that. */
  get alive(): Promise<void> {
    return this.#life.alive;
  }

  /** Resolves when the end begins. */
  get dying(): Promise<void> {
    return this.#life.dying;
  }

  /** Resolves when it has ended. */
  get dead(): Promise<void> {
    return this.#life.dead;
  }

  /** Aborts when the end begins. */
  get signal(): AbortSignal {
    return this.#life.signal;
  }

  /** 0 while all is well; 1 when a service made the app end, failed to start, or did not end well. */
  get exitCode(): number {
    return this.#exitCode;
  }

  /** The ids of the registered services, in the order in which they were registered. */
  get ids(): readonly bigint[] {
    return [...this.#services.keys()];
  }

  get services(): readonly Service[] {
    return [...this.#services.values()];
  }

  /** The service of an id, or of its spec; undefined where none is registered. */
  get(service: IdInput | Pick<ServiceSpec, "id">): Service | undefined {
    return this.#services.get(idOf(service));
  }

  /**
   * Registers a service. It starts with the app; where that is alive already, at once. A dead service of
   * the same id makes room.
   * @throws AppError of the kind `AppNotAlive`, or `ServiceAlreadyRegistered`
   */
  register(spec: ServiceSpec): Service {
    if (this.state === "dying" || this.state === "dead") throw appNotAlive();
    const known = this.services.find(({ id, name }) => id === spec.id || name === spec.name);
    if (known !== undefined && known.state !== "dead") {
      throw serviceAlreadyRegistered(spec.id, spec.name);
    }
    if (known !== undefined) this.#services.delete(known.id);
    const service = new Service(spec, this.#clock, this.#hooks);
    this.#services.set(spec.id, service);
    this.#event(service, LOG_EVENTS.SERVICE_REGISTERED, "Service registered");
    if (this.state === "alive") void this.#startLate(service);
    return service;
  }

  /**
   * Ends a service and forgets it.
   *
   * Rejects with an AppError of the kind `ServiceNotRegistered`.
   */
  async unregister(service: IdInput | Pick<ServiceSpec, "id">): Promise<ServiceStop> {
    const known = this.get(service);
    if (known === undefined) throw serviceNotRegistered(idOf(service));
    const stop = await known.kill();
    if (this.#services.get(known.id) === known) this.#services.delete(known.id);
    this.#event(known, LOG_EVENTS.SERVICE_UNREGISTERED, "Service unregistered");
    return stop;
  }

  /**
   * Starts all services, each as soon as those it depends on are alive.
   *
   * Rejects with a ServiceGraphError `ERR_TASKMON_SERVICE_GRAPH` before anything starts; or with the
   * first service's AppError, when all that had started has ended in reverse.
   */
  async start(): Promise<StartReport> {
    if (this.state !== "new") throw appNotAlive();
    const specs = inOrder(this.services.map(({ spec }) => spec));
    const services = specs.map(({ id }) => this.#services.get(id)!);
    this.#life.starting();
    this.#readiness.register();
    let report: StartReport;
    try {
      report = await startAll(services, () => this.#clock.now());
    } catch (error) {
      this.#exitCode = 1;
      this.report(error);
      await this.shutdown({ reason: error });
      throw error;
    }
    this.#life.becomeAlive();
    this.#log.own.event(LOG_EVENTS.APP_STARTED, "App started", () => ({
      "taskmon.app.start.duration": report.durationMs / 1_000,
      "taskmon.app.start.critical_path": report.criticalPath.map(
        ({ name, durationMs }) => `${name} ${Math.round(durationMs)} ms`,
      ),
    }));
    this.#readiness.refresh();
    return report;
  }

  /** Begins the end, with the default time for it. */
  kill(reason?: unknown): void {
    void this.shutdown({ reason });
  }

  /**
   * Ends the app: readiness fails, then the wait for the drain, then services in reverse order, then the
   * Taskmon object, all within one deadline. Never rejects. A later call waits for the same end.
   */
  shutdown(options: AppShutdownOptions = {}): Promise<AppShutdownReport> {
    this.#ending ??= this.#end(options);
    return this.#ending;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown();
  }

  /** The logger of a service; of the app itself without one. */
  logger(service?: IdInput | Pick<ServiceSpec, "id">): ServiceLogger {
    if (service === undefined) return this.#log.own;
    const id = idOf(service);
    return this.#log.of(id, this.#services.get(id)?.name ?? `0x${formatId(id)}`);
  }

  /** How much services say that have no level of their own. Takes effect at once. */
  get logLevel(): ServiceLogLevel {
    return this.#log.level;
  }

  set logLevel(level: ServiceLogLevel) {
    this.#log.level = level;
  }

  /** How much a service says. */
  serviceLogLevel(service: IdInput | Pick<ServiceSpec, "id">): ServiceLogLevel {
    return this.#log.levelOf(idOf(service));
  }

  /**
   * Sets how much a service says, from now on; undefined for what the app says.
   * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
   */
  setServiceLogLevel(
    service: IdInput | Pick<ServiceSpec, "id">,
    level: ServiceLogLevel | undefined,
  ): void {
    this.#log.setLevelOf(idOf(service), level);
  }

  /**
   * Reports an error: one log record and one count, once for each error object. What is no AppError is a
   * bug.
   * @returns what was reported, with the app's ids
   */
  report(error: unknown): AppError {
    const { error: reported, isNew } = this.#reports.report(error);
    if (isNew && this.#endOnFatal && reported.spec.severity === "fatal" && this.state === "alive") {
      this.#exitCode = 1;
      this.kill(reported);
    }
    return reported;
  }

  /** Who this process is, as errors carry it. */
  get origin(): ErrorOrigin {
    const { domain, app, release, instance } = this.identity;
    return { domain, app, release, instance, pid: this.pid, host: this.host };
  }

  async #end(options: AppShutdownOptions): Promise<AppShutdownReport> {
    this.#life.die(options.reason);
    this.#log.own.event(LOG_EVENTS.APP_STOPPING, "App stopping");
    this.#readiness.refresh();
    const report = await endOf(
      {
        clock: this.#clock,
        services: this.services,
        taskmon: this.#taskmon,
        drainMs: this.#drainMs,
        servicesEnded: (ended) => this.#servicesEnded(ended),
      },
      options,
    );
    this.#life.end();
    return report;
  }

  #servicesEnded({ hung, complete }: AppShutdownReport): void {
    this.config.close();
    if (!complete) this.#exitCode = 1;
    if (hung.length > 0) {
      const text = `Services did not end in time: ${hung.join(", ")}`;
      const attributes = { "taskmon.app.hung": hung };
      this.#log.own.event(LOG_EVENTS.APP_STOPPING_TIMEOUT, text, attributes, "warn");
    }
    this.#log.own.event(LOG_EVENTS.APP_STOPPED, "App stopped");
  }

  async #startLate(service: Service): Promise<void> {
    try {
      const specs = inOrder(this.services.map(({ spec }) => spec));
      const needs = specs.find(({ id }) => id === service.id)?.dependsOn ?? [];
      await Promise.all(needs.map((id) => this.#services.get(id)!.alive));
      await service.start();
    } catch (error) {
      this.report(error);
      await service.kill(error);
    }
  }

  readonly #hooks: ServiceHooks = {
    context: (service, signal) => ({
      service,
      signal,
      logger: this.logger(service),
      config: this.config.of(service.id, service.name),
      metrics: this.#registry,
    }),
    changed: (service, state) => {
      if (state === "starting")
        this.#event(service, LOG_EVENTS.SERVICE_STARTING, "Service starting");
      if (state === "dying") this.#stopping(service);
      this.#readiness.refresh();
    },
    started: (service, durationMs) => {
      this.#metrics.started(service.name, durationMs);
      this.#event(service, LOG_EVENTS.SERVICE_STARTED, "Service started");
    },
    stopped: (service, stop) => {
      this.#metrics.stopped(service.name, stop.outcome, stop.durationMs);
      if (stop.outcome === "hung") {
        const text = "Service did not end in time";
        this.logger(service).event(LOG_EVENTS.SERVICE_STOPPING_TIMEOUT, text, {}, "warn");
      }
      this.#event(service, LOG_EVENTS.SERVICE_STOPPED, "Service stopped");
      if (stop.error !== undefined) this.report(stop.error);
    },
    restarting: (service) => this.#metrics.restarted(service.name),
    endApp: (service, reason) => {
      if (reason !== undefined) this.#exitCode = 1;
      this.kill(reason ?? `service ${service.name} ended`);
    },
    failed: (error) => void this.report(error),
  };

  #stopping(service: Service): void {
    const { reason } = service;
    if (reason instanceof Error) {
      const attributes = { "error.type": reason.constructor.name };
      const text = `Service stopping: ${reason.message}`;
      this.logger(service).event(LOG_EVENTS.SERVICE_STOPPING, text, attributes, "error");
      // What takes the app along is reported there.
      if (this.state === "alive") this.report(reason);
    } else this.#event(service, LOG_EVENTS.SERVICE_STOPPING, "Service stopping");
  }

  #event(service: Service, event: EventSpec, body: string): void {
    this.logger(service).event(event, body);
  }

  #count(state: LifeState): number {
    let count = 0;
    for (const service of this.#services.values()) if (service.state === state) count += 1;
    return count;
  }
}

const KEYS = keysOf<AppOptions>({
  taskmon: true,
  services: true,
  config: true,
  logger: true,
  logLevel: true,
  drainMs: true,
  endOnFatal: true,
  clock: true,
});

function idOf(service: IdInput | Pick<ServiceSpec, "id">): bigint {
  return typeof service === "object" ? service.id : parseId("service", service);
}

/**
 * Makes an app of services. Nothing begins before `start`; there may be several in one process.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 * @throws AppError of the kind `ServiceAlreadyRegistered`
 */
export function createApp(options?: AppOptions): App {
  return new App(options);
}
