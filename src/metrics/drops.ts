import { describe, TaskmonError } from "../shared/errors.ts";
import { createReporter } from "../shared/report.ts";
import { type MetricSpec, specTitle } from "./spec.ts";

/** Why a measurement did not reach its series. */
export type DropReason =
  /** A label is missing, unknown, or has another type than declared. */
  | "wrong_labels"
  /** The value is not a finite number. */
  | "not_finite"
  /** A value below zero for a counter or a histogram. */
  | "negative"
  /** The metric has reached its series limit. The overflow series counts the measurement instead. */
  | "overflow"
  /** A histogram got more measurements than it can store one by one until an SDK's instruments exist. */
  | "early_limit"
  /** A function that provides measurements failed. */
  | "failed";

/** Thrown to the caller in strict mode, when a measurement would otherwise be dropped. */
export class MeasurementError extends TaskmonError {
  readonly code = "ERR_TASKMON_MEASUREMENT";
  readonly reason: DropReason;

  constructor(message: string, reason: DropReason) {
    super(message);
    this.reason = reason;
  }
}

/** Takes reports of dropped measurements. */
export interface DropSink {
  /** Counts the measurement and logs it once per metric and reason. Throws only in strict mode. */
  drop(spec: MetricSpec, reason: DropReason, detail: unknown): void;
}

/**
 * Counts dropped measurements by reason.
 * @param strict throws a {@link MeasurementError} to the caller of the measurement. An overflow or a full
 *   early buffer is not the caller's mistake and never throws.
 */
export function createDropSink(strict: boolean, count: (reason: DropReason) => void): DropSink {
  const report = createReporter("metrics");
  return {
    drop(spec, reason, detail) {
      count(reason);
      const message = sentence(spec, reason, detail);
      if (strict && reason !== "overflow" && reason !== "early_limit") {
        throw new MeasurementError(message, reason);
      }
      report.warnOnce(`${spec.service.id}/${spec.id}/${reason}`, message);
    },
  };
}

function sentence(spec: MetricSpec, reason: DropReason, detail: unknown): string {
  const title = specTitle(spec);
  switch (reason) {
    case "wrong_labels": {
      const expected = spec.labels
        .map(({ key, optional, type }) => `${key}${optional ? "?" : ""}: ${type}`)
        .join(", ");
      return `${title} expects the labels {${expected}}, got ${describeLabels(detail)}; dropped`;
    }
    case "not_finite":
      return `${title} expects a finite number, got ${describe(detail)}; dropped`;
    case "negative":
      return spec.kind === "counter"
        ? `${title} is a counter and cannot decrease, got ${describe(detail)}; dropped`
        : `${title} expects a value of zero or more, got ${describe(detail)}; dropped`;
    case "overflow":
      return `${title} has reached its limit of ${spec.maxSeries} series; more label values count as otel.metric.overflow`;
    case "failed":
      return `${title} could not be measured: ${describe(detail)}`;
    case "early_limit":
      return `${title} stores at most ${String(detail)} measurements until an SDK is connected; dropped`;
  }
}

function describeLabels(labels: unknown): string {
  if (typeof labels !== "object" || labels === null) return describe(labels);
  try {
    const entries = Object.entries(labels).slice(0, 12);
    return `{${entries.map(([key, value]) => `${key}: ${describe(value)}`).join(", ")}}`;
  } catch {
    return "labels that cannot be read";
  }
}
