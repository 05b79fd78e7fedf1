import { TaskmonError } from "../shared/errors.ts";
import type { Finding } from "./rules/rule.ts";

/** A declaration breaks rules; it is not registered. */
export class InvalidSpecError extends TaskmonError {
  readonly code = "ERR_TASKMON_INVALID_SPEC";
  /** Everything that is wrong with it. */
  readonly findings: readonly Finding[];

  constructor(title: string, findings: readonly Finding[]) {
    super(`Metric ${title}: ${findings.map(({ message }) => message).join("; ")}`);
    this.findings = findings;
  }
}

/** A spec contradicts one that is already registered. */
export class MetricConflictError extends TaskmonError {
  readonly code = "ERR_TASKMON_METRIC_CONFLICT";
}
