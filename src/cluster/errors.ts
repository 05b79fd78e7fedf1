import { TaskmonError } from "../shared/errors.ts";

/** This process or thread has no channel to a parent. Thrown at construction. */
export class NoParentError extends TaskmonError {
  readonly code = "ERR_TASKMON_NO_PARENT";

  constructor(caller: string) {
    super(
      `${caller} finds no parent: this is neither a worker of node:cluster, nor a child of ` +
        "child_process.fork(), nor a worker thread, and no port was given",
    );
  }
}

/**
 * A message could not be sent, because the channel is closed or full, or cannot carry it. It may work later.
 */
export class ChannelError extends TaskmonError {
  readonly code = "ERR_TASKMON_CHANNEL";
}

/** The parent lends its task number only to another target, or not at all. */
export class ParentRefusedError extends TaskmonError {
  readonly code = "ERR_TASKMON_PARENT_REFUSED";

  constructor(reason: string) {
    super(`The parent does not lend its task number: ${reason}`);
  }
}
