import type { AttemptResponse } from "../sdk/otlp-exporter.ts";
import type { ExportResultLike } from "../sdk/types.ts";

/** What became of data that was given to an exporter. */
export type DeliveryOutcome =
  /** The receiver took it. */
  | "received"
  /** The receiver surely does not have it: it was never sent, or was refused. */
  | "not_received"
  /** Nobody knows: an answer did not come. */
  | "unknown";

/** What became of the data in one attempt. */
export function deliveryOfAttempt({ status, error }: AttemptResponse): DeliveryOutcome {
  if (status === "success") return "received";
  // The OTLP transports say so of 429, 502, 503 and 504: answers upon which OTLP wants a retry.
  if (status === "retryable" && error === undefined) return "not_received";
  return deliveryOfError(error);
}

/** What became of the data, by an exporter's own report. */
export function deliveryOfResult({ code, error }: ExportResultLike): DeliveryOutcome {
  return code === 0 ? "received" : deliveryOfError(error);
}

/** No connection was made. */
const NEVER_CONNECTED = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ENETUNREACH",
  "EHOSTUNREACH",
]);

function deliveryOfError(error: unknown): DeliveryOutcome {
  if (typeof error !== "object" || error === null || !("code" in error)) return "unknown";
  const { code } = error;
  // An HTTP status; the receiver refused.
  if (typeof code === "number") return code >= 400 ? "not_received" : "unknown";
  return NEVER_CONNECTED.has(String(code)) ? "not_received" : "unknown";
}
