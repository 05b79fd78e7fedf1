import type { AttemptResponse } from "../sdk/otlp-exporter.ts";

/**
 * How often an export is tried again that did not arrive, and could: as the exporter does by itself
 * (`own`), `once` and soon at the end of the process, and `never` inside a request.
 */
export type RetryRule = "own" | "once" | "never";

/** From the attempt to the one other, in milliseconds. */
const RETRY_AFTER_MS = 1_000;

/**
 * The answer that a transport goes by: it tries again after `retryable` alone.
 * @param retries how often it did already
 */
export function byRule(
  response: AttemptResponse,
  rule: RetryRule,
  retries: number,
): AttemptResponse {
  if (response.status !== "retryable" || rule === "own") return response;
  const { retryInMillis = RETRY_AFTER_MS } = response;
  if (rule === "once" && retries === 0 && retryInMillis <= RETRY_AFTER_MS) {
    return { ...response, retryInMillis };
  }
  return {
    status: "failure",
    error: response.error ?? new Error("The receiver asked to be tried again later"),
  };
}
