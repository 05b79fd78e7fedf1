import { TaskmonError } from "../shared/errors.ts";

/** A check did not answer in time. */
export class CheckTimeoutError extends TaskmonError {
  readonly code = "ERR_TASKMON_CHECK_TIMEOUT";

  constructor(name: string, timeoutMs: number) {
    super(`Check ${name} took longer than ${timeoutMs} ms`);
  }
}

/** A check's function continued after its signal had aborted, and we stopped waiting for it. */
export class CheckKillTimeoutError extends TaskmonError {
  readonly code = "ERR_TASKMON_CHECK_KILL_TIMEOUT";

  constructor(name: string, killTimeoutMs: number) {
    super(`Check ${name} has not returned ${killTimeoutMs} ms after its signal aborted`);
  }
}

/** A run was cancelled: the check was paused, replaced or stopped. */
export class CheckCancelledError extends TaskmonError {
  readonly code = "ERR_TASKMON_CHECK_CANCELLED";

  constructor(name: string) {
    super(`Check ${name} is not running`);
  }
}

/** A check waits for a run of itself and would never end. */
export class CheckWaitsForItselfError extends TaskmonError {
  readonly code = "ERR_TASKMON_CHECK_WAITS_FOR_ITSELF";

  constructor(name: string) {
    super(`Check ${name} waits for a run of itself`);
  }
}
