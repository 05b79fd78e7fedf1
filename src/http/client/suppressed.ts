import { activeValue } from "../../shared/api.ts";

/**
 * The context key with which the SDK suppresses spans. It is in the SDK's core package and has never changed.
 */
const SUPPRESS_TRACING = Symbol.for("OpenTelemetry SDK Context Key SUPPRESS_TRACING");

/**
 * Whether tracing is suppressed in the active context, as in the SDK's exporters while they push. Use it for
 * the option `ignore` of clients. Always false without a context manager.
 * @example new HttpMetricsInstrumentation({ client: { ignore: isTracingSuppressed } })
 */
export function isTracingSuppressed(): boolean {
  return activeValue(SUPPRESS_TRACING) === true;
}
