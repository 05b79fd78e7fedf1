import { hostname } from "node:os";
import { formatId, type IdInput, parseId } from "../identity/id.ts";
import { type Identity, resolveIdentity } from "../identity/identity.ts";
import { MetricRegistry } from "../metrics/registry.ts";
import { type Clock, systemClock } from "../shared/clock.ts";
import { keepAlive } from "../shared/keep-alive.ts";
import { booleanOption, keysOf, numberOption, optionsObject } from "../shared/options.ts";
import { createReporter } from "../shared/report.ts";
import { VERSION } from "../shared/version.ts";
import type { AppOptions, AppShutdownOptions, AppTaskmon } from "./app-options.ts";
import { AppConfig } from "./config/app-config.ts";
import { AppError, type ErrorOrigin } from "./errors/app-error.ts";
import {
  appNotAlive,
  bug,
  serviceAlreadyRegistered,
  serviceNotRegistered,
} from "./errors/catalogue.ts";
import { logError } from "./errors/report-error.ts";
import { LOG_EVENTS } from "./events/catalogue.ts";
import { type LogSink, sinkOf } from "./events/log-sink.ts";
import { ServiceLogger, type ServiceLogLevel, serviceLogLevel } from "./events/service-logger.ts";
import { type AppMetrics, appMetrics } from "./metrics.ts";
import { inOrder } from "./services/graph.ts";
import { Life, type LifeState } from "./services/lifecycle.ts";
import { Service, type ServiceHooks, type ServiceStop } from "./services/service.ts";
import type { ServiceSpec } from "./services/service-spec.ts";
import { startAll, type StartReport } from "./services/start-all.ts";
import { stopAll } from "./services/stop-all.ts";

/** How the end of an app went. */
export interface AppShutdownReport {
  readonly services: readonly ServiceStop[];
  /** The names of those that did not end in time. */
  readonly hung: readonly string[];
  readonly durationMs: number;
  /** Whether every service that was alive has ended without an error. */
  readonly complete: boolean;
}

/** The states that a service can be in. */
const STATES: readonly LifeState[] = ["new", "starting", "alive", "dying", "dead"];
const DEFAULT_TIMEOUT_MS = 8_000;
/** The part of the end's time that is kept for the last export and the task number. */
const TASKMON_SHARE = 0.3;
/** The name of the check by which readiness knows of the services. */
const CHECK = "services";

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
  readonly #sinkFor: (name: string) => LogSink;
  readonly #drainMs: number;
  readonly #endOnFatal: boolean;
  readonly #services = new Map<bigint, Service>();
  readonly #levels = new Map<bigint, ServiceLogLevel>();
  readonly #reported = new WeakSet<object>();
  readonly #logger: ServiceLogger;
  readonly #report = createReporter("app");
  readonly #life: Life;
  #logLevel: ServiceLogLevel;
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
    this.#sinkFor = (name) => sinkOf(given.logger, name, VERSION);
    this.#logLevel = serviceLogLevel("app.logLevel", given.logLevel ?? "info");
    this.#drainMs = numberOption("app.drainMs", given.drainMs, {
      min: 0,
      max: 600_000,
      default: 0,
    });
    this.#endOnFatal = booleanOption("app.endOnFatal", given.endOnFatal, false);
    this.#life = new Life();
    this.#logger = this.#loggerOf("taskmon.app", 0n);
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
    this.#followReadiness();
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
    this.#logger.event(LOG_EVENTS.APP_STARTED, "App started", () => ({
      "taskmon.app.start.duration": report.durationMs / 1_000,
      "taskmon.app.start.critical_path": report.criticalPath.map(
        ({ name, durationMs }) => `${name} ${Math.round(durationMs)} ms`,
      ),
    }));
    this.#refreshReadiness();
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
    if (service === undefined) return this.#logger;
    const id = idOf(service);
    return this.#loggerOf(this.#services.get(id)?.name ?? `0x${formatId(id)}`, id);
  }

  /** How much services say that have no level of their own. Takes effect at once. */
  get logLevel(): ServiceLogLevel {
    return this.#logLevel;
  }

  set logLevel(level: ServiceLogLevel) {
    this.#logLevel = serviceLogLevel("logLevel", level);
  }

  /** How much a service says. */
  serviceLogLevel(service: IdInput | Pick<ServiceSpec, "id">): ServiceLogLevel {
    return this.#levels.get(idOf(service)) ?? this.#logLevel;
  }

  /**
   * Sets how much a service says, from now on; undefined for what the app says.
   * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
   */
  setServiceLogLevel(
    service: IdInput | Pick<ServiceSpec, "id">,
    level: ServiceLogLevel | undefined,
  ): void {
    if (level === undefined) this.#levels.delete(idOf(service));
    else this.#levels.set(idOf(service), serviceLogLevel("logLevel", level));
  }

  /**
   * Reports an error: one log record and one count, once for each error object. What is no AppError is a
   * bug.
   * @returns what was reported, with the app's ids
   */
  report(error: unknown): AppError {
    const known = error instanceof AppError ? error : bug(error);
    const complete = known.withOrigin(this.origin);
    const key = typeof error === "object" && error !== null ? error : complete;
    if (this.#reported.has(key)) return complete;
    this.#reported.add(key).add(complete);
    this.#metrics.error(complete.spec);
    logError(complete.service === 0n ? this.#logger : this.logger(complete.service), complete);
    if (this.#endOnFatal && complete.spec.severity === "fatal" && this.state === "alive") {
      this.#exitCode = 1;
      this.kill(complete);
    }
    return complete;
  }

  /** Who this process is, as errors carry it. */
  get origin(): ErrorOrigin {
    const { domain, app, release, instance } = this.identity;
    return { domain, app, release, instance, pid: this.pid, host: this.host };
  }

  async #end({
    timeoutMs = DEFAULT_TIMEOUT_MS,
    signal,
    reason,
  }: AppShutdownOptions): Promise<AppShutdownReport> {
    const end = keepAlive();
    const startedAtMs = this.#clock.now();
    const leftMs = (): number => Math.max(0, startedAtMs + timeoutMs - this.#clock.now());
    this.#life.die(reason);
    this.#logger.event(LOG_EVENTS.APP_STOPPING, "App stopping");
    this.#refreshReadiness();
    const deadline = new AbortController();
    const callOff = (): void => deadline.abort();
    const share = this.#taskmon === undefined ? 0 : TASKMON_SHARE;
    const cancel = this.#clock.after(timeoutMs * (1 - share), callOff);
    if (signal?.aborted) callOff();
    signal?.addEventListener("abort", callOff, { once: true });
    await this.#drain(deadline.signal);
    const services = await stopAll(this.services, {
      ...{ reason, deadline: deadline.signal },
      now: () => this.#clock.now(),
    });
    cancel();
    signal?.removeEventListener("abort", callOff);
    this.config.close();
    const hung = services.filter(({ outcome }) => outcome === "hung").map(({ name }) => name);
    if (hung.length > 0) {
      this.#logger.event(
        LOG_EVENTS.APP_STOPPING_TIMEOUT,
        `Services did not end in time: ${hung.join(", ")}`,
        { "taskmon.app.hung": hung },
        "warn",
      );
    }
    const complete = services.every(
      ({ outcome }) => outcome === "stopped" || outcome === "not_alive",
    );
    if (!complete) this.#exitCode = 1;
    this.#logger.event(LOG_EVENTS.APP_STOPPED, "App stopped");
    await this.#taskmon?.shutdown({ timeoutMs: leftMs() }).catch(() => undefined);
    this.#life.end();
    end();
    return { services, hung, durationMs: this.#clock.now() - startedAtMs, complete };
  }

  /** Waits while readiness fails and requests still come. */
  async #drain(deadline: AbortSignal): Promise<void> {
    if (this.#drainMs === 0 || deadline.aborted) return;
    await new Promise<void>((resolve) => {
      const cancel = this.#clock.after(this.#drainMs, resolve);
      deadline.addEventListener("abort", () => (cancel(), resolve()), { once: true });
    });
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
      this.#refreshReadiness();
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

  #event(
    service: Service,
    event: (typeof LOG_EVENTS)[keyof typeof LOG_EVENTS],
    body: string,
  ): void {
    this.logger(service).event(event, body);
  }

  #loggerOf(name: string, id: bigint): ServiceLogger {
    const { domain, app, release, instance } = this.identity;
    const constants = {
      "taskmon.domain.id": formatId(domain),
      "taskmon.app.id": formatId(app),
      "taskmon.release.id": formatId(release),
      "taskmon.instance.id": formatId(instance),
      ...(id !== 0n && { "taskmon.service.id": formatId(id), "taskmon.service.name": name }),
    };
    const levels = { level: this.#logLevel };
    Object.defineProperty(levels, "level", {
      get: () => (id === 0n ? this.#logLevel : this.serviceLogLevel(id)),
    });
    return new ServiceLogger(this.#sinkFor(name), levels, constants);
  }

  #followReadiness(): void {
    this.#taskmon?.health.register(CHECK, () => this.#readiness(), {
      groups: ["readiness"],
      intervalMs: 5_000,
    });
  }

  #readiness(): { readonly status: "pass" | "fail"; readonly message?: string } {
    if (this.state !== "alive") return { status: "fail", message: `the app is ${this.state}` };
    const down = this.services.filter(({ state }) => state !== "alive");
    if (down.length === 0) return { status: "pass" };
    const message = down.map(({ name, state }) => `${name} is ${state}`).join(", ");
    return { status: "fail", message };
  }

  #refreshReadiness(): void {
    if (this.#taskmon === undefined || this.state === "new") return;
    this.#taskmon.health.run(CHECK).catch((error: unknown) => {
      if (this.state === "alive")
        this.#report.warnOnce("readiness", "Readiness is not known", error);
    });
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
