import type { AttemptResponse } from "../sdk/otlp-exporter.ts";

/**
 * How often a failed export is repeated, if that makes sense. `own`: as the exporter does itself. `once`:
 * once and soon, at the end of the process. `never`: not at all, during a request.
 */
export type RetryRule = "own" | "once" | "never";

/** The wait before the repeated attempt, in milliseconds. */
const RETRY_AFTER_MS = 1_000;

/**
 * Returns the response for a transport, which tries again only after `retryable`.
 * @param retries how often it has already tried again
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
