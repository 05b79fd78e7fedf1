export { Health } from "./health.ts";
export { type HealthOptions, OYSTERPACK_PROFILE } from "./health-options.ts";
export {
  DEFAULT_HEALTHCHECK_RUN_INTERVAL,
  DEFAULT_HEALTHCHECK_RUN_TIMEOUT,
  HEALTHCHECK_ID_LOG_FIELD,
  HEALTHCHECK_METRIC_ID,
  HEALTHCHECK_METRIC_LABEL,
  HEALTHCHECK_PAUSED,
  HEALTHCHECK_REGISTERED,
  HEALTHCHECK_RESULT,
  HEALTHCHECK_RESUMED,
  HEALTHCHECK_RUN_DURATION_METRIC_ID,
  HEALTHCHECK_SERVICE_ID,
  ZERO_HEALTHCHECKS,
} from "./constants.ts";
export type { HealthCheckSpec, Registration } from "./registration.ts";
export type { HealthRegistry } from "./registry.ts";
export type {
  HealthCheckFunction,
  HealthCheckOptions,
  LivenessRule,
  CheckScope,
  CheckSettings,
} from "./options.ts";
export type { HealthCheckOverride, HealthOverrides } from "./file-overrides.ts";
export type { CheckRef } from "./entries.ts";
export type { HealthCheckResult } from "./result.ts";
export type { CheckState } from "./metrics.ts";
export type { CheckReport, HealthReport, HealthVerdict } from "./report.ts";
export type { MaintenanceWindow } from "../check/maintenance.ts";
export type { Forced } from "./forced-status.ts";
export {
  HealthCheckAlreadyRegisteredError,
  HealthCheckKillTimeoutError,
  HealthCheckNotAliveError,
  HealthCheckNotRegisteredError,
  HealthCheckTimeoutError,
  HealthError,
  IllegalArgumentError,
  ServiceNotAliveError,
} from "./errors.ts";
export type { CheckAnswer, CheckContext, CheckFunction, Outcome, Status } from "../check/result.ts";
export { CheckWaitsForItselfError } from "../check/errors.ts";
export type { FastifyLike, FastifyReplyLike, FastifyRequestLike } from "../serve/fastify.ts";
export {
  healthFetch,
  healthHandler,
  healthPlugin,
  type NodeHealthHandler,
} from "./answers/handlers.ts";
export type { HealthHandlerOptions, HealthPaths } from "./answers/responder.ts";
export { type Drain, drainable, type DrainableServer, type DrainOptions } from "./drain.ts";
export type { DependencyCheck, ProcessCheck } from "./checks/scoped.ts";
export { eventLoopCheck, type EventLoopCheckOptions } from "./checks/event-loop.ts";
export { heapCheck, type HeapCheckOptions } from "./checks/heap.ts";
export { diskCheck, type DiskCheckOptions } from "./checks/disk.ts";
export { dnsCheck, type DnsCheckOptions } from "./checks/dns.ts";
export { tcpCheck, type TcpCheckOptions } from "./checks/tcp.ts";
export { httpCheck, type HttpCheckOptions } from "./checks/http.ts";
export { redisCheck, type RedisClientLike } from "./checks/redis.ts";
export { postgresCheck, type PostgresClientLike } from "./checks/postgres.ts";
export { leaseCheck, type LeaseCheckOptions, type LeaseHealthView } from "./checks/lease.ts";
export { exportsCheck, type ExportsCheckOptions, type ReaderHealthView } from "./checks/exports.ts";
