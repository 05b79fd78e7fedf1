import type { Attributes } from "@opentelemetry/api";

/** Names the series that takes what is beyond a limit; from the OpenTelemetry SDK specification. */
export const OVERFLOW_ATTRIBUTE = "otel.metric.overflow";

/** The attributes of that series. */
export const OVERFLOW: Attributes = Object.freeze({ [OVERFLOW_ATTRIBUTE]: true });
