import { TaskmonError } from "../shared/errors.ts";
import type { Finding } from "./rules/rule.ts";

/** A declaration breaks rules, so it is not registered. */
export class InvalidSpecError extends TaskmonError {
  readonly code = "ERR_TASKMON_INVALID_SPEC";
  /** All problems of the declaration. */
  readonly findings: readonly Finding[];

  constructor(title: string, findings: readonly Finding[]) {
    super(`Metric ${title}: ${findings.map(({ message }) => message).join("; ")}`);
    this.findings = findings;
  }
}

/** A spec conflicts with one that is already registered. */
export class MetricConflictError extends TaskmonError {
  readonly code = "ERR_TASKMON_METRIC_CONFLICT";
}
