import { TaskmonError } from "../shared/errors.ts";

/** The base of errors about health checks. `errorId` is the error's 64-bit id in OysterPack. */
export abstract class HealthError extends TaskmonError {
  abstract readonly errorId: bigint;
}

/** A check cannot be registered, because its name or id belongs to another one. */
export class HealthCheckAlreadyRegisteredError extends HealthError {
  readonly code = "ERR_TASKMON_HEALTH_CHECK_ALREADY_REGISTERED";
  readonly errorId = 0xdbfd6d9ab0049876n;

  constructor(check: string) {
    super(`Health check ${check} is already registered`);
  }
}

/** There is no such check. */
export class HealthCheckNotRegisteredError extends HealthError {
  readonly code = "ERR_TASKMON_HEALTH_CHECK_NOT_REGISTERED";
  readonly errorId = 0xefb3ffddac690f37n;

  constructor(check: string) {
    super(`Health check ${check} is not registered`);
  }
}

/** The check does not run: it is paused, or was paused during the wait. */
export class HealthCheckNotAliveError extends HealthError {
  readonly code = "ERR_TASKMON_HEALTH_CHECK_NOT_ALIVE";
  readonly errorId = 0xe1972916f1c18daen;

  constructor(check: string) {
    super(`Health check ${check} is paused`);
  }
}

/** The check's function continued after its signal had aborted, and we stopped waiting for it. */
export class HealthCheckKillTimeoutError extends HealthError {
  readonly code = "ERR_TASKMON_HEALTH_CHECK_KILL_TIMEOUT";
  readonly errorId = 0xf4ad6052397f6858n;

  constructor(check: string, killTimeoutMs: number) {
    super(`Health check ${check} has not returned ${killTimeoutMs} ms after its signal aborted`);
  }
}

/** The check did not answer in time. */
export class HealthCheckTimeoutError extends HealthError {
  readonly code = "ERR_TASKMON_HEALTH_CHECK_TIMEOUT";
  readonly errorId = 0x8257a572526e13f4n;

  constructor(check: string, timeoutMs: number) {
    super(`Health check ${check} took longer than ${timeoutMs} ms`);
  }
}

/** The given check, id or name is invalid. */
export class IllegalArgumentError extends HealthError {
  readonly code = "ERR_TASKMON_ILLEGAL_ARGUMENT";
  readonly errorId = 0x9d95c5fac078b82cn;
}

/** The health checks were shut down. */
export class ServiceNotAliveError extends HealthError {
  readonly code = "ERR_TASKMON_SERVICE_NOT_ALIVE";
  readonly errorId = 0x9cb3a496d32894d2n;

  constructor() {
    super("The health checks were shut down");
  }
}
