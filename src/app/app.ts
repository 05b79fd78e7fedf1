import { hostname } from "node:os";
import { type Identity, resolveIdentity } from "../identity/identity.ts";
import { MetricRegistry } from "../metrics/registry.ts";
import { aboutNow, type Clock, systemClock } from "../shared/clock.ts";
import type { ServiceLogLevel } from "../shared/log-level.ts";
import { booleanOption, numberOption, optionsObject } from "../shared/options.ts";
import {
  APP_KEYS,
  type AppOptions,
  type AppShutdownOptions,
  type AppTaskmon,
} from "./app-options.ts";
import { createAppParts } from "./app-parts.ts";
import type { AppConfig } from "./config/app-config.ts";
import { type AppShutdownReport, endOf } from "./ending.ts";
import type { AppError } from "./errors/app-error.ts";
import { appNotAlive } from "./errors/catalogue.ts";
import type { ErrorReports } from "./errors/error-reports.ts";
import type { AppLog } from "./events/app-log.ts";
import { LOG_EVENTS } from "./events/catalogue.ts";
import type { ServiceLogger } from "./events/service-logger.ts";
import { type AppView, appView } from "./introspection/app-view.ts";
import type { LifecycleEvents } from "./lifecycle-events.ts";
import type { Readiness } from "./readiness.ts";
import { serviceHealth } from "./service-health.ts";
import { inOrder } from "./services/graph.ts";
import { Life, Living } from "./services/lifecycle.ts";
import { Service, type ServiceHooks } from "./services/service.ts";
import { serviceIdOf, ServiceList, type ServiceRef } from "./services/service-list.ts";
import type { ServiceSpec } from "./services/service-spec.ts";
import type { ServiceStop } from "./services/service-stop.ts";
import { startAll, startLate, type StartReport } from "./services/start-all.ts";

/** A process made of services. */
export class App extends Living implements AsyncDisposable {
  readonly identity: Identity;
  readonly config: AppConfig;
  /** The metrics of the app and its services; `metrics.catalogue` finds one by service and id. */
  readonly metrics: MetricRegistry;
  readonly startedAt: Date;
  readonly pid: number = process.pid;
  readonly host: string = hostname();
  /** @internal */
  protected readonly life: Life = new Life();
  readonly #clock: Clock;
  readonly #taskmon: AppTaskmon | undefined;
  readonly #drainMs: number;
  readonly #endOnFatal: boolean;
  readonly #services = new ServiceList();
  readonly #log: AppLog;
  readonly #reports: ErrorReports;
  readonly #readiness: Readiness;
  readonly #hooks: LifecycleEvents;
  readonly #unfollow: (() => void) | undefined;
  #ending: Promise<AppShutdownReport> | undefined;
  #exitCode = 0;

  /** @internal Use {@link createApp}. */
  constructor(options: AppOptions = {}) {
    super();
    const given = optionsObject<AppOptions>("app", options, APP_KEYS);
    const { taskmon } = given;
    const drain = { min: 0, max: 600_000, default: 0 };
    this.identity = taskmon?.identity ?? resolveIdentity();
    this.#clock = given.clock ?? systemClock();
    this.#taskmon = taskmon;
    this.#drainMs = numberOption("app.drainMs", given.drainMs, drain);
    this.#endOnFatal = booleanOption("app.endOnFatal", given.endOnFatal, false);
    this.metrics = taskmon?.metrics ?? new MetricRegistry();
    this.startedAt = new Date(this.#clock.wallTime());
    const parts = createAppParts(given, this, {
      ...{ clock: this.#clock, services: this.#services, context: this.#context },
      endApp: (service, reason) => {
        if (reason !== undefined) this.#exitCode = 1;
        this.kill(reason ?? `service ${service.name} ended`);
      },
    });
    this.config = parts.config;
    this.#log = parts.log;
    this.#reports = parts.reports;
    this.#readiness = parts.readiness;
    this.#hooks = parts.hooks;
    this.#unfollow = taskmon?.settings && this.#log.follow(taskmon.settings);
    for (const spec of given.services ?? []) this.register(spec);
  }

  /** 0, or 1 if a service ended the app, failed to start, or failed to stop. */
  get exitCode(): number {
    return this.#exitCode;
  }

  /** The ids of the registered services, in the order in which they were registered. */
  get ids(): readonly bigint[] {
    return this.#services.ids;
  }

  get services(): readonly Service[] {
    return this.#services.all;
  }

  /** The service with an id or a spec; undefined if there is none. */
  get(service: ServiceRef): Service | undefined {
    return this.#services.get(service);
  }

  /**
   * Registers a service. It starts with the app; where that is alive already, at once. A dead service of
   * the same id or name makes room.
   * @throws AppError of the kind `AppNotAlive`, or `ServiceAlreadyRegistered`
   */
  register(spec: ServiceSpec): Service {
    if (this.state === "dying" || this.state === "dead") throw appNotAlive();
    this.#services.makeRoom(spec);
    const service = new Service(spec, this.#clock, this.#hooks);
    this.#services.add(service);
    this.#log.forget(spec.id);
    this.#hooks.registered(service);
    if (this.state === "alive") {
      void startLate(service, this.services).catch((error: unknown) => this.report(error));
    }
    return service;
  }

  /**
   * Stops a service and removes it.
   *
   * Rejects with an AppError of the kind `ServiceNotRegistered`.
   */
  async unregister(service: ServiceRef): Promise<ServiceStop> {
    const known = this.#services.require(service);
    const stop = await known.kill();
    this.#hooks.unregistered(known);
    this.#services.delete(known);
    this.#log.forget(known.id);
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
    this.life.starting();
    this.#readiness.register();
    let report: StartReport;
    try {
      const services = specs.map((spec) => this.#services.require(spec));
      report = await startAll(services, () => aboutNow(this.#clock));
    } catch (error) {
      this.#exitCode = 1;
      this.report(error);
      await this.shutdown({ reason: error });
      throw error;
    }
    this.life.becomeAlive();
    this.#log.own.event(LOG_EVENTS.APP_STARTED, "App started", () => ({
      "taskmon.app.start.duration": report.durationMs / 1_000,
      "taskmon.app.start.critical_path": report.criticalPath.map(
        ({ name, durationMs }) => `${name} ${Math.round(durationMs)} ms`,
      ),
    }));
    this.#readiness.refresh();
    return report;
  }

  /** Begins the shutdown, with the default time limit. */
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

  /** The logger of a service; without an argument, the logger of the app. */
  logger(service?: ServiceRef): ServiceLogger {
    return service === undefined ? this.#log.own : this.#log.of(serviceIdOf(service));
  }

  /** The log level of services without their own level. Takes effect at once. */
  get logLevel(): ServiceLogLevel {
    return this.#log.level;
  }

  set logLevel(level: ServiceLogLevel) {
    this.#log.level = level;
  }

  /** The log level of a service. */
  serviceLogLevel(service: ServiceRef): ServiceLogLevel {
    return this.#log.levelOf(serviceIdOf(service));
  }

  /**
   * Sets the log level of a service; undefined means the app's level. A level in the settings of the Taskmon
   * object wins.
   * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
   */
  setServiceLogLevel(service: ServiceRef, level: ServiceLogLevel | undefined): void {
    this.#log.setLevelOf(serviceIdOf(service), level);
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

  /** The state of the app and its services, as plain data. */
  view(): AppView {
    return appView(this);
  }

  readonly #context: ServiceHooks["context"] = (service, signal) => ({
    ...{ service, signal },
    logger: this.logger(service),
    config: this.config.of(service.id, service.name),
    metrics: this.metrics,
    health: serviceHealth(this.#taskmon?.health, service.name, signal),
  });

  async #end(options: AppShutdownOptions): Promise<AppShutdownReport> {
    this.life.die(options.reason);
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
    this.life.end();
    return report;
  }

  #servicesEnded({ hung, complete }: AppShutdownReport): void {
    this.config.close();
    this.#unfollow?.();
    if (!complete) this.#exitCode = 1;
    if (hung.length > 0) {
      const text = `Services did not end in time: ${hung.join(", ")}`;
      const attributes = { "taskmon.app.hung": hung };
      this.#log.own.event(LOG_EVENTS.APP_STOPPING_TIMEOUT, text, attributes, "warn");
    }
    this.#log.own.event(LOG_EVENTS.APP_STOPPED, "App stopped");
  }
}

/**
 * Creates an app from services. Nothing starts before `start`. A process may have several apps.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 * @throws AppError of the kind `ServiceAlreadyRegistered`
 */
export function createApp(options?: AppOptions): App {
  return new App(options);
}
