import { activeValue } from "../../shared/api.ts";

/** The key under which the SDK marks what is to make no spans; of its core package, and never changed. */
const SUPPRESS_TRACING = Symbol.for("OpenTelemetry SDK Context Key SUPPRESS_TRACING");

/**
 * Whether the program is where no spans are made, as the SDK's own exporters are while they push; for
 * `ignore` of clients. Where no context manager is registered, nothing is ever suppressed.
 * @example new HttpMetricsInstrumentation({ client: { ignore: isTracingSuppressed } })
 */
export function isTracingSuppressed(): boolean {
  return activeValue(SUPPRESS_TRACING) === true;
}
