import { createEngine, type CheckEngine } from "../check/engine.ts";
import type { MetricRegistry } from "../metrics/registry.ts";
import { eventEmitter } from "../shared/events.ts";
import { Listeners } from "../shared/listeners.ts";
import { createReporter } from "../shared/report.ts";
import { DuplicateServiceRegistrationError, UnknownServiceError } from "./errors.ts";
import { events } from "./events.ts";
import { createGuard, type Guard } from "./guard/guard.ts";
import type { GuardOptions } from "./guard/options.ts";
import { monitorMetrics } from "./metrics.ts";
import { Service, type ServiceContext } from "./monitored-service.ts";
import {
  type MonitoredServiceOptions,
  type MonitorOptions,
  monitorSettings,
  type MonitorSettings,
  type ServiceOptions,
  serviceSettings,
} from "./options.ts";
import type { MonitoredService, MonitorEvents, MonitorView, WaitOptions } from "./service.ts";

/**
 * Watches remote services, each by its name. A service is probed when someone asks for its status, or at
 * once with `first: "now"`.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function createMonitor(options?: MonitorOptions): Monitor {
  return new Monitor(options);
}

/**
 * Watches one remote service, without a monitor.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function createMonitoredService({
  name,
  registry,
  events: sink,
  clock,
  ...options
}: MonitoredServiceOptions): MonitoredService {
  const settings = monitorSettings({
    ...(registry !== undefined && { registry }),
    ...(sink !== undefined && { events: sink }),
    ...(clock !== undefined && { clock }),
  });
  return new Service(serviceSettings(name, options), contexts(settings)(name));
}

/** See {@link createMonitor}. */
export class Monitor implements Disposable {
  /** Where the metrics are registered. */
  readonly registry: MetricRegistry;
  readonly #contextOf: (name: string) => ServiceContext;
  readonly #services = new Map<string, Service>();
  readonly #listeners = new Listeners<MonitorEvents>("monitor", createReporter("monitor"));

  constructor(options?: MonitorOptions) {
    const settings = monitorSettings(options);
    this.registry = settings.registry;
    this.#contextOf = contexts(settings);
  }

  /**
   * Adds a service.
   * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
   * @throws DuplicateServiceRegistrationError `ERR_TASKMON_DUPLICATE_SERVICE_REGISTRATION`; the
   *   existing service stays
   */
  add(name: string, options: ServiceOptions): MonitoredService {
    const settings = serviceSettings(name, options);
    if (this.#services.has(name)) throw new DuplicateServiceRegistrationError(name);
    const service = new Service(settings, this.#contextOf(name));
    for (const event of EVENTS) {
      service.on(event, (detail) => this.#listeners.emit(event, detail));
    }
    this.#services.set(name, service);
    return service;
  }

  /** Removes a service and its series. Returns false if there is none. */
  remove(name: string): boolean {
    const service = this.#services.get(name);
    this.#services.delete(name);
    service?.close();
    return service !== undefined;
  }

  /** The names of the services, in the order in which they were added. */
  names(): string[] {
    return [...this.#services.keys()];
  }

  /** @throws UnknownServiceError `ERR_TASKMON_UNKNOWN_SERVICE` */
  get(name: string): MonitoredService {
    const service = this.#services.get(name);
    if (service === undefined) throw new UnknownServiceError(name);
    return service;
  }

  /**
   * Whether a service is up: from the cached state if it is still valid, else by a probe.
   * @throws UnknownServiceError `ERR_TASKMON_UNKNOWN_SERVICE`
   * @throws MonitorProbeError `ERR_TASKMON_MONITOR_PROBE` if the probe could not run
   */
  async status(name: string, options?: WaitOptions): Promise<boolean> {
    return this.get(name).status(options);
  }

  /**
   * Probes a service now, even if its cached state is still valid.
   * @throws the same errors as {@link status}
   */
  async reprobe(name: string, options?: WaitOptions): Promise<boolean> {
    return this.get(name).reprobe(options);
  }

  /**
   * Marks a service as up, as a successful probe would.
   * @throws UnknownServiceError `ERR_TASKMON_UNKNOWN_SERVICE`
   */
  setUp(name: string): void {
    this.get(name).setUp();
  }

  /**
   * Guards a service. While it is up, requests are forwarded to it; while it is down, the guard answers them,
   * and triggers wake the service.
   * @throws UnknownServiceError `ERR_TASKMON_UNKNOWN_SERVICE`
   * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
   */
  guard(name: string, options?: GuardOptions): Guard {
    return createGuard(this.get(name), options);
  }

  /** The current state of each service, in the order in which they were added. Probes nothing. */
  views(): MonitorView[] {
    return Array.from(this.#services.values(), (service) => service.view());
  }

  /**
   * Calls `listener` at each such event of any service.
   * @returns a function that removes the listener
   * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
   */
  on<E extends keyof MonitorEvents>(
    event: E,
    listener: (detail: MonitorEvents[E]) => void,
  ): () => void {
    return this.#listeners.on(event, listener);
  }

  /** Removes every service. */
  close(): void {
    for (const name of this.names()) this.remove(name);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

const EVENTS = ["state", "probe", "trigger"] as const;

/** Makes once what all services share. @returns a function that makes the context of one service */
function contexts({
  registry,
  events: sink,
  clock,
}: MonitorSettings): (name: string) => ServiceContext {
  const engine: CheckEngine = createEngine(clock, 1);
  const metricsOf = monitorMetrics(registry);
  const emit = eventEmitter("monitor", events, sink);
  return (name) => ({ engine, clock, emit, metrics: metricsOf(name) });
}
