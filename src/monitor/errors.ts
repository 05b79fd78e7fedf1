import { TaskmonError } from "../shared/errors.ts";

/** A monitor already has a service of that name. The existing service stays. */
export class DuplicateServiceRegistrationError extends TaskmonError {
  readonly code = "ERR_TASKMON_DUPLICATE_SERVICE_REGISTRATION";

  constructor(service: string) {
    super(`The monitor already has a service ${service}`);
  }
}

/** A monitor has no service of that name. */
export class UnknownServiceError extends TaskmonError {
  readonly code = "ERR_TASKMON_UNKNOWN_SERVICE";

  constructor(service: string) {
    super(`The monitor has no service ${service}`);
  }
}

/**
 * It is unknown whether a service is up: its probe could not run, for example because its name was not
 * found.
 */
export class MonitorProbeError extends TaskmonError {
  readonly code = "ERR_TASKMON_MONITOR_PROBE";
  /** The value of `error.type`: one of a few types, never a message or an address. */
  readonly type: string;

  constructor(service: string, type: string, reason: string, options?: ErrorOptions) {
    super(`Service ${service} cannot be probed: ${reason}`, options);
    this.type = type;
  }
}

/** A trigger failed, for example because its program ended with exit code 1. */
export class TriggerError extends TaskmonError {
  readonly code = "ERR_TASKMON_TRIGGER";
}
