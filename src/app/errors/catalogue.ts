import { formatId } from "../../identity/id.ts";
import { messageOf } from "../../shared/errors.ts";
import { AppError, type AppErrorOptions } from "./app-error.ts";
import { defineError, type ErrorSpec } from "./error-spec.ts";

// The kinds of errors that OysterPack's application package documents, with its ids, types and severities.

export const BUG: ErrorSpec = defineError({ id: 0n, name: "Bug", type: "bug", severity: "high" });

export const APP_NOT_ALIVE: ErrorSpec = defineError({
  id: "0xdf76e1927f240401",
  name: "AppNotAlive",
  severity: "fatal",
});

export const CONFIG_FAILURE: ErrorSpec = defineError({
  id: "0xe75f1a73534f382d",
  name: "ConfigFailure",
  type: "config",
  severity: "fatal",
});

export const SERVICE_INIT_FAILED: ErrorSpec = defineError({
  id: "0xec1bf26105c1a895",
  name: "ServiceInitFailed",
  severity: "fatal",
});

export const SERVICE_SHUTDOWN_FAILED: ErrorSpec = defineError({
  id: "0xc24ac892db47da9f",
  name: "ServiceShutdownFailed",
});

export const SERVICE_NOT_ALIVE: ErrorSpec = defineError({
  id: "0x9cb3a496d32894d2",
  name: "ServiceNotAlive",
  severity: "high",
});

export const SERVICE_NOT_REGISTERED: ErrorSpec = defineError({
  id: "0xf34b64bac786f536",
  name: "ServiceNotRegistered",
  severity: "high",
});

export const SERVICE_NOT_AVAILABLE: ErrorSpec = defineError({
  id: "0x8aae12f3016b7f50",
  name: "ServiceNotAvailable",
  severity: "high",
});

export const SERVICE_ALREADY_REGISTERED: ErrorSpec = defineError({
  id: "0xcfd879a478f9c733",
  name: "ServiceAlreadyRegistered",
  severity: "high",
});

export const ILLEGAL_ARGUMENT: ErrorSpec = defineError({
  id: "0x9d95c5fac078b82c",
  name: "IllegalArgument",
  severity: "high",
});

export const INVALID_LOG_LEVEL: ErrorSpec = defineError({
  id: "0x814a17666a94fe39",
  name: "InvalidLogLevel",
  type: "config",
  severity: "high",
});

export const HEALTH_CHECK_ALREADY_REGISTERED: ErrorSpec = defineError({
  id: "0xdbfd6d9ab0049876",
  name: "HealthCheckAlreadyRegistered",
});

export const HEALTH_CHECK_NOT_REGISTERED: ErrorSpec = defineError({
  id: "0xefb3ffddac690f37",
  name: "HealthCheckNotRegistered",
  severity: "low",
});

export const HEALTH_CHECK_NOT_ALIVE: ErrorSpec = defineError({
  id: "0xe1972916f1c18dae",
  name: "HealthCheckNotAlive",
  severity: "high",
});

export const HEALTH_CHECK_KILL_TIMEOUT: ErrorSpec = defineError({
  id: "0xf4ad6052397f6858",
  name: "HealthCheckKillTimeout",
  severity: "high",
});

export const HEALTH_CHECK_TIMEOUT: ErrorSpec = defineError({
  id: "0x8257a572526e13f4",
  name: "HealthCheckTimeout",
  severity: "high",
});

/** An error that nobody foresaw. */
export function bug(cause: unknown, options: Omit<AppErrorOptions, "cause"> = {}): AppError {
  return new AppError(BUG, { ...options, cause });
}

/** The app is ending or has ended. */
export function appNotAlive(): AppError {
  return new AppError(APP_NOT_ALIVE, { message: "The app is not alive" });
}

/** A configuration is wrong or cannot be read. */
export function configFailure(service: bigint, message: string, cause?: unknown): AppError {
  return new AppError(CONFIG_FAILURE, { message, service, ...(cause !== undefined && { cause }) });
}

/** A service could not be started. */
export function serviceInitFailed(service: bigint, name: string, cause: unknown): AppError {
  return new AppError(SERVICE_INIT_FAILED, {
    message: `Service ${name} could not be started: ${messageOf(cause)}`,
    ...{ service, cause },
  });
}

/** A service failed while it was stopped, or did not stop in time. */
export function serviceShutdownFailed(service: bigint, name: string, cause: unknown): AppError {
  return new AppError(SERVICE_SHUTDOWN_FAILED, {
    message: `Service ${name} could not be stopped: ${messageOf(cause)}`,
    ...{ service, cause },
  });
}

/** A service is ending or has ended. */
export function serviceNotAlive(service: bigint, name: string): AppError {
  return new AppError(SERVICE_NOT_ALIVE, { message: `Service ${name} is not alive`, service });
}

/** There is no service of the id. */
export function serviceNotRegistered(service: bigint): AppError {
  const message = `Service 0x${formatId(service)} is not registered`;
  return new AppError(SERVICE_NOT_REGISTERED, { message, service });
}

/** A service that is needed is there, but does not work now. */
export function serviceNotAvailable(service: bigint, name: string): AppError {
  return new AppError(SERVICE_NOT_AVAILABLE, {
    message: `Service ${name} is not available`,
    service,
  });
}

/** There is a service of the id, or of the name, already. */
export function serviceAlreadyRegistered(service: bigint, name: string): AppError {
  return new AppError(SERVICE_ALREADY_REGISTERED, {
    message: `Service ${name} (0x${formatId(service)}) is registered already`,
    service,
  });
}

/** An argument is none that makes sense. */
export function illegalArgument(message: string): AppError {
  return new AppError(ILLEGAL_ARGUMENT, { message });
}

/** A log level that does not exist. */
export function invalidLogLevel(level: string): AppError {
  return new AppError(INVALID_LOG_LEVEL, { message: `There is no log level ${level}` });
}

/** A check of the id is registered already. */
export function healthCheckAlreadyRegistered(check: bigint): AppError {
  return ofCheck(HEALTH_CHECK_ALREADY_REGISTERED, check, "is registered already");
}

/** There is no check of the id. */
export function healthCheckNotRegistered(check: bigint): AppError {
  return ofCheck(HEALTH_CHECK_NOT_REGISTERED, check, "is not registered");
}

/** The check is paused. */
export function healthCheckNotAlive(check: bigint): AppError {
  return ofCheck(HEALTH_CHECK_NOT_ALIVE, check, "is not alive");
}

/** The check went on after it was told to stop. */
export function healthCheckKillTimeout(check: bigint): AppError {
  return ofCheck(HEALTH_CHECK_KILL_TIMEOUT, check, "did not stop when it was told to");
}

/** The check did not answer in time. */
export function healthCheckTimeout(check: bigint): AppError {
  return ofCheck(HEALTH_CHECK_TIMEOUT, check, "did not answer in time");
}

function ofCheck(spec: ErrorSpec, check: bigint, what: string): AppError {
  return new AppError(spec, { message: `Health check 0x${formatId(check)} ${what}` });
}
