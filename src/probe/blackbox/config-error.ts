import { TaskmonError } from "../../shared/errors.ts";

/** A configuration of blackbox modules is invalid. Lists all problems. */
export class BlackboxConfigError extends TaskmonError {
  readonly code = "ERR_TASKMON_BLACKBOX_CONFIG";
  /** One line for each problem, with its place. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[], options?: ErrorOptions) {
    const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
    super(`${count} in the blackbox modules:\n${problems.join("\n")}`, options);
    this.problems = problems;
  }
}
