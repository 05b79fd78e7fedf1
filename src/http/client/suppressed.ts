import { activeValue } from "../../shared/api.ts";

/** The key under which the SDK marks what is to make no spans; of its core package, and never changed. */
const SUPPRESS_TRACING = Symbol.for("OpenTelemetry SDK Context Key SUPPRESS_TRACING");

/**
 * Whether tracing is suppressed in the active context, as in the SDK's own exporters while they push; for
 * the option `ignore` of clients. Always false without a context manager.
 * @example new HttpMetricsInstrumentation({ client: { ignore: isTracingSuppressed } })
 */
export function isTracingSuppressed(): boolean {
  return activeValue(SUPPRESS_TRACING) === true;
}
