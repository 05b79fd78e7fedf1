import { describe, TaskmonError } from "../shared/errors.ts";
import { createReporter } from "../shared/report.ts";
import { type MetricSpec, specTitle } from "./spec.ts";

/** Why a measurement did not reach the series that it was made for. */
export type DropReason =
  /** A label is missing, misspelt, unknown, or of another type than declared. */
  | "wrong_labels"
  /** The value is not a finite number. */
  | "not_finite"
  /** A counter was to shrink, or a histogram to record a value below zero. */
  | "negative"
  /** The metric has all the series it may have; counted in the overflow series instead. */
  | "overflow"
  /** A histogram's early measurements are more than are kept one by one until an SDK's instruments come. */
  | "early_limit"
  /** Something that measures by itself failed to. */
  | "failed";

/** In strict mode: a measurement that would have been dropped. Thrown to the caller. */
export class MeasurementError extends TaskmonError {
  readonly code = "ERR_TASKMON_MEASUREMENT";
  readonly reason: DropReason;

  constructor(message: string, reason: DropReason) {
    super(message);
    this.reason = reason;
  }
}

/** Where metrics report what they drop. */
export interface DropSink {
  /** Counts the measurement, and says it once per metric and reason. Throws in strict mode only. */
  drop(spec: MetricSpec, reason: DropReason, detail: unknown): void;
}

/**
 * Counts dropped measurements by reason.
 * @param strict throw a {@link MeasurementError} into the caller who made the measurement; an
 *   overflow or a full early buffer is no mistake of that caller and never throws.
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
        ? `${title} only grows, got ${describe(detail)}; dropped`
        : `${title} records values of zero or more, got ${describe(detail)}; dropped`;
    case "overflow":
      return `${title} has ${spec.maxSeries} series; further label values count as otel.metric.overflow`;
    case "failed":
      return `${title} could not be measured: ${describe(detail)}`;
    case "early_limit":
      return `${title} keeps ${String(detail)} measurements until an SDK comes; dropped`;
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
