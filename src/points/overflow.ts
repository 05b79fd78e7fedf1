import type { Attributes } from "@opentelemetry/api";

/**
 * Marks the series that takes the measurements beyond a series limit. The OpenTelemetry SDK specification
 * defines it.
 */
export const OVERFLOW_ATTRIBUTE = "otel.metric.overflow";

/** The attributes of the overflow series. */
export const OVERFLOW: Attributes = Object.freeze({ [OVERFLOW_ATTRIBUTE]: true });
