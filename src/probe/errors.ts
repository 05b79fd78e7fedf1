import { TaskmonError } from "../shared/errors.ts";

/**
 * Why a probe failed, for `error.type`: one of a few values. `_OTHER` is the fallback of OpenTelemetry's
 * semantic conventions. A probe may add its own types: lower-case letters, digits and `_`, at most 64.
 */
export type ProbeErrorType =
  | "timeout"
  | "connection_refused"
  | "connection_reset"
  | "connection_closed"
  | "network_unreachable"
  | "host_unreachable"
  | "dns_not_found"
  | "dns_failure"
  | "dns_timeout"
  | "tls_failure"
  | "certificate_expired"
  | "certificate_untrusted"
  | "certificate_name_mismatch"
  | "protocol_error"
  | "too_many_redirects"
  | "too_large"
  | "unexpected_answer"
  | "validation_failed"
  | "unavailable"
  | "_OTHER"
  | (string & {});

/** A probe failed on its target. */
export class ProbeError extends TaskmonError {
  readonly code = "ERR_TASKMON_PROBE_FAILED";
  /** The value of `error.type`; never a message, an address or a URL. */
  readonly type: ProbeErrorType;

  constructor(type: ProbeErrorType, message: string, options?: ErrorOptions) {
    super(message, options);
    this.type = type;
  }
}

/** A probe of that name already exists. */
export class ProbeAlreadyAddedError extends TaskmonError {
  readonly code = "ERR_TASKMON_PROBE_ALREADY_ADDED";

  constructor(name: string) {
    super(`There is already a probe ${name}`);
  }
}

/** No probe has that name. */
export class ProbeNotFoundError extends TaskmonError {
  readonly code = "ERR_TASKMON_PROBE_NOT_FOUND";

  constructor(name: string) {
    super(`There is no probe ${name}`);
  }
}

/** The probe cannot run, because it is paused or stopped, or that happened during the run. */
export class ProbeNotRunningError extends TaskmonError {
  readonly code = "ERR_TASKMON_PROBE_NOT_RUNNING";

  constructor(name: string) {
    super(`Probe ${name} is not running`);
  }
}
