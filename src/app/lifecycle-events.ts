import { classNameOf } from "../shared/class-name.ts";
import { LOG_EVENTS } from "./events/catalogue.ts";
import type { EventSpec } from "./events/event-spec.ts";
import type { ServiceLogger } from "./events/service-logger.ts";
import type { AppMetrics } from "./metrics.ts";
import type { Service, ServiceHooks } from "./services/service.ts";

/** What the events of services need. */
export interface LifecycleParts extends Pick<ServiceHooks, "context" | "endApp" | "failed"> {
  readonly metrics: AppMetrics;
  logger(service: Service): ServiceLogger;
  /** Whether an error of a service is to be reported here: not where it takes the app along, and is there. */
  reportsErrors(): boolean;
  /** The state of a service changed. */
  changed(): void;
}

/** What is told of a service. */
export interface LifecycleEvents extends ServiceHooks {
  registered(service: Service): void;
  unregistered(service: Service): void;
}

/** Reports the lifecycle of services in log events and metrics, as OysterPack documents them. */
export function lifecycleEvents(parts: LifecycleParts): LifecycleEvents {
  const { metrics, failed } = parts;
  const loggers = new WeakMap<Service, ServiceLogger>();
  const loggerOf = (service: Service): ServiceLogger => {
    let logger = loggers.get(service);
    if (logger === undefined) loggers.set(service, (logger = parts.logger(service)));
    return logger;
  };
  const emit = (service: Service, event: EventSpec, body: string): void =>
    loggerOf(service).event(event, body);
  const stopping = (service: Service): void => {
    const { reason } = service;
    if (!(reason instanceof Error)) {
      return emit(service, LOG_EVENTS.SERVICE_STOPPING, "Service stopping");
    }
    const attributes = { "error.type": classNameOf(reason, reason.name) };
    const text = `Service stopping: ${reason.message}`;
    loggerOf(service).event(LOG_EVENTS.SERVICE_STOPPING, text, attributes, "error");
    if (parts.reportsErrors()) failed(reason);
  };
  return {
    context: parts.context,
    endApp: parts.endApp,
    failed,
    registered: (service) => emit(service, LOG_EVENTS.SERVICE_REGISTERED, "Service registered"),
    unregistered: (service) =>
      emit(service, LOG_EVENTS.SERVICE_UNREGISTERED, "Service unregistered"),
    changed(service, state) {
      if (state === "starting") emit(service, LOG_EVENTS.SERVICE_STARTING, "Service starting");
      if (state === "dying") stopping(service);
      parts.changed();
    },
    started(service, durationMs) {
      metrics.started(service.name, durationMs);
      emit(service, LOG_EVENTS.SERVICE_STARTED, "Service started");
    },
    killed: (service) => emit(service, LOG_EVENTS.SERVICE_KILLED, "Service killed"),
    stopped(service, { outcome, durationMs, error }) {
      metrics.stopped(service.name, outcome, durationMs);
      if (outcome === "hung") {
        const text = "Service did not end in time";
        loggerOf(service).event(LOG_EVENTS.SERVICE_STOPPING_TIMEOUT, text, {}, "warn");
      }
      emit(service, LOG_EVENTS.SERVICE_STOPPED, "Service stopped");
      if (error !== undefined) failed(error);
    },
    restarting: ({ name }) => metrics.restarted(name),
  };
}
