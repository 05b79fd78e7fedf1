import { defineEvent, type EventSpec } from "./event-spec.ts";

// The log events that OysterPack's application package documents, with its ids. Names follow the semantic
// conventions. docs/app.md says which of them this package emits, and where.

function event(name: string, id: string): EventSpec {
  return defineEvent({ name, id });
}

/** The names of OysterPack's constants. */
export type LogEventName =
  | "APP_STARTED"
  | "APP_STOPPING"
  | "APP_STOPPING_TIMEOUT"
  | "APP_STOPPED"
  | "APP_RESET"
  | "SERVICE_STARTING"
  | "SERVICE_STARTED"
  | "SERVICE_KILLED"
  | "SERVICE_STOPPING"
  | "SERVICE_STOPPING_TIMEOUT"
  | "SERVICE_STOPPED"
  | "SERVICE_REGISTERED"
  | "SERVICE_UNREGISTERED"
  | "METRICS_SERVICE_CONFIG_ERROR"
  | "METRICS_HTTP_REPORTER_SHUTDOWN_ERROR"
  | "METRICS_HTTP_REPORTER_START_ERROR"
  | "METRICS_HTTP_REPORTER_SHUTDOWN_WHILE_SERVICE_RUNNING"
  | "METRICS_HTTP_SERVER_STARTING"
  | "METRICS_HTTP_SERVER_STARTED"
  | "METRICS_HTTP_SERVER_STOPPED"
  | "CONFIG_LOADING_ERR"
  | "CAPNP_ERR"
  | "ZERO_HEALTHCHECKS"
  | "HEALTHCHECK_REGISTERED"
  | "HEALTHCHECK_PAUSED"
  | "HEALTHCHECK_RESUMED"
  | "HEALTHCHECK_RESULT";

/** By the names of OysterPack's constants. */
export const LOG_EVENTS: Readonly<Record<LogEventName, EventSpec>> = Object.freeze({
  APP_STARTED: event("taskmon.app.started", "0xa482715a50d67a5f"),
  APP_STOPPING: event("taskmon.app.stopping", "0xbcdae48c0cb8936e"),
  APP_STOPPING_TIMEOUT: event("taskmon.app.stopping_timeout", "0xaa7744d8a20d857a"),
  APP_STOPPED: event("taskmon.app.stopped", "0xdd0c7775e42d7841"),
  APP_RESET: event("taskmon.app.reset", "0xee317bbb0fe0fafe"),
  SERVICE_STARTING: event("taskmon.service.starting", "0xa3c3eb887d09f9aa"),
  SERVICE_STARTED: event("taskmon.service.started", "0xc27a49a4e5a2a502"),
  SERVICE_KILLED: event("taskmon.service.killed", "0x85adf7d70dcef626"),
  SERVICE_STOPPING: event("taskmon.service.stopping", "0x85adbb661141efce"),
  SERVICE_STOPPING_TIMEOUT: event("taskmon.service.stopping_timeout", "0x8ed2e400ce585f16"),
  SERVICE_STOPPED: event("taskmon.service.stopped", "0xfd843c25ce81f841"),
  SERVICE_REGISTERED: event("taskmon.service.registered", "0xd8f25797ffa58858"),
  SERVICE_UNREGISTERED: event("taskmon.service.unregistered", "0xa611d10b1dfc880d"),
  METRICS_SERVICE_CONFIG_ERROR: event("taskmon.metrics.config_error", "0x83ad8592584d0930"),
  METRICS_HTTP_REPORTER_SHUTDOWN_ERROR: event(
    "taskmon.scrape.shutdown_error",
    "0xab355f6933e9b3fe",
  ),
  METRICS_HTTP_REPORTER_START_ERROR: event("taskmon.scrape.failed", "0xa1e82667eef867ff"),
  METRICS_HTTP_REPORTER_SHUTDOWN_WHILE_SERVICE_RUNNING: event(
    "taskmon.scrape.ended_by_itself",
    "0xf8c787086a35cd78",
  ),
  METRICS_HTTP_SERVER_STARTING: event("taskmon.scrape.starting", "0xbec4ba15afa97c2b"),
  METRICS_HTTP_SERVER_STARTED: event("taskmon.scrape.started", "0x8fab3d9ef5011368"),
  METRICS_HTTP_SERVER_STOPPED: event("taskmon.scrape.stopped", "0xefd0f72bffc636f6"),
  CONFIG_LOADING_ERR: event("taskmon.config.loading_error", "0x83e927cb25aaa032"),
  CAPNP_ERR: event("taskmon.config.capnp_error", "0x823407a4ed427f33"),
  ZERO_HEALTHCHECKS: event("health.check.none", "0x8c805853a70ec666"),
  HEALTHCHECK_REGISTERED: event("health.check.registered", "0xb5f3142d410a2375"),
  HEALTHCHECK_PAUSED: event("health.check.paused", "0xc7a3b54188e75210"),
  HEALTHCHECK_RESUMED: event("health.check.resumed", "0xc4dc7b2938caf3a9"),
  HEALTHCHECK_RESULT: event("health.check.result", "0xa68e0475cc1839be"),
});
