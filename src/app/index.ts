export { type App, createApp } from "./app.ts";
export { APP_SERVICE, CONFIG_SERVICE_ID, INFRASTRUCTURE_SERVICE_IDS } from "./constants.ts";
export type { AppShutdownReport } from "./ending.ts";
export type { AppOptions, AppShutdownOptions, AppTaskmon } from "./app-options.ts";
export {
  type Command,
  type CommandChannel,
  commandChannel,
  type CommandChannelOptions,
  type CommandTimes,
} from "./commands/command-channel.ts";
export {
  type CommandServer,
  commandServer,
  type CommandServerOptions,
} from "./commands/command-server.ts";
export { ageDecrypt, type AgeDecryptOptions, type AgeModule } from "./config/age-decrypt.ts";
export type { AgeKey } from "./config/age-key.ts";
export {
  AgeMissingError,
  ConfigKeyError,
  DamagedConfigError,
  PlainConfigError,
  WrongConfigKeyError,
} from "./config/decrypt-errors.ts";
export { inflated, type InflatedOptions } from "./config/inflated.ts";
export { jsonSchema } from "./config/json-schema.ts";
export type { AppConfig, AppConfigView } from "./config/app-config.ts";
export type { AppConfigOptions } from "./config/config-options.ts";
export type { ServiceConfig } from "./config/service-config.ts";
export type { StandardIssue, StandardResult, StandardSchema } from "./config/standard-schema.ts";
export { AppError, type AppErrorOptions, type ErrorOrigin, isError } from "./errors/app-error.ts";
export {
  APP_NOT_ALIVE,
  appNotAlive,
  BUG,
  bug,
  CONFIG_FAILURE,
  configFailure,
  HEALTH_CHECK_ALREADY_REGISTERED,
  HEALTH_CHECK_KILL_TIMEOUT,
  HEALTH_CHECK_NOT_ALIVE,
  HEALTH_CHECK_NOT_REGISTERED,
  HEALTH_CHECK_TIMEOUT,
  healthCheckAlreadyRegistered,
  healthCheckKillTimeout,
  healthCheckNotAlive,
  healthCheckNotRegistered,
  healthCheckTimeout,
  ILLEGAL_ARGUMENT,
  illegalArgument,
  INVALID_LOG_LEVEL,
  invalidLogLevel,
  SERVICE_ALREADY_REGISTERED,
  SERVICE_INIT_FAILED,
  SERVICE_NOT_ALIVE,
  SERVICE_NOT_AVAILABLE,
  SERVICE_NOT_REGISTERED,
  SERVICE_SHUTDOWN_FAILED,
  serviceAlreadyRegistered,
  serviceInitFailed,
  serviceNotAlive,
  serviceNotAvailable,
  serviceNotRegistered,
  serviceShutdownFailed,
} from "./errors/catalogue.ts";
export { type ErrorJson, errorFromJson, errorToJson } from "./errors/error-json.ts";
export {
  defineError,
  type ErrorSeverity,
  type ErrorSpec,
  type ErrorSpecInput,
  type ErrorType,
} from "./errors/error-spec.ts";
export { LOG_EVENTS, type LogEventName } from "./events/catalogue.ts";
export { defineEvent, type EventSpec, type EventSpecInput } from "./events/event-spec.ts";
export type {
  LogAttributes,
  LoggerOption,
  LogRecordLike,
  LogSink,
  LogSinkProvider,
  ProgramLogger,
} from "./events/log-sink.ts";
export type { ServiceLogLevel } from "../shared/log-level.ts";
export type { LazyAttributes, ServiceLogger } from "./events/service-logger.ts";
export { type AppView, type ServiceView } from "./introspection/app-view.ts";
export { runtimeView, type RuntimeView } from "./introspection/runtime-view.ts";
export { diagnosticReport, type DiagnosticReport, stackDump } from "./introspection/stack-dump.ts";
export type { AppHealth, ServiceCheckOptions, ServiceHealth } from "./service-health.ts";
export type { LevelSettings, ServiceLevels } from "./events/level-settings.ts";
export { ServiceGraphError } from "./services/graph.ts";
export type { LifeState } from "./services/lifecycle.ts";
export type { Service } from "./services/service.ts";
export type { ServiceRef } from "./services/service-list.ts";
export type { ServiceStop, StopOutcome } from "./services/service-stop.ts";
export {
  type DeathPolicy,
  defineService,
  type ServiceContext,
  type ServiceInput,
  type ServiceSpec,
} from "./services/service-spec.ts";
export type { StartReport, Timed } from "./services/start-all.ts";
