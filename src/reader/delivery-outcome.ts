import type { AttemptResponse } from "../sdk/otlp-exporter.ts";
import type { ExportResultLike } from "../sdk/types.ts";

/** The outcome of data that was passed to an exporter. */
export type DeliveryOutcome =
  /** The receiver has it. */
  | "received"
  /**
   * The receiver certainly does not have it, and may accept it later: there was no connection, or it was
   * busy.
   */
  | "not_received"
  /** The receiver refused it. */
  | "refused"
  /** Unknown, because no answer was received. */
  | "unknown";

/** The rank of each outcome. Of several attempts, the highest one decides. */
const WEIGHT: Readonly<Record<DeliveryOutcome, number>> = {
  not_received: 0,
  refused: 1,
  unknown: 2,
  received: 3,
};

/** Returns the outcome of an export from two of its attempts. */
export function outcomeOfBoth(a: DeliveryOutcome, b: DeliveryOutcome): DeliveryOutcome {
  return WEIGHT[a] < WEIGHT[b] ? b : a;
}

/** Returns the outcome of one attempt. */
export function deliveryOfAttempt({ status, error }: AttemptResponse): DeliveryOutcome {
  if (status === "success") return "received";
  // The OTLP transports return this for 429, 502, 503 and 504, after which OTLP wants a retry.
  if (status === "retryable" && error === undefined) return "not_received";
  return deliveryOfError(error);
}

/** Returns the outcome from an exporter's own report. */
export function deliveryOfResult({ code, error }: ExportResultLike): DeliveryOutcome {
  return code === 0 ? "received" : deliveryOfError(error);
}

/** The error codes that mean that there was no connection. */
const NEVER_CONNECTED = ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "ENETUNREACH", "EHOSTUNREACH"];

/** gRPC's status codes, https://grpc.github.io/grpc/core/md_doc_statuscodes.html. */
const GRPC_UNAVAILABLE = 14;
/** INVALID_ARGUMENT, PERMISSION_DENIED, UNIMPLEMENTED, UNAUTHENTICATED. */
const GRPC_REFUSALS: readonly number[] = [3, 7, 12, 16];

function deliveryOfError(error: unknown): DeliveryOutcome {
  if (typeof error !== "object" || error === null || !("code" in error)) return "unknown";
  const { code } = error;
  if (typeof code !== "number") {
    return NEVER_CONNECTED.includes(String(code)) ? "not_received" : "unknown";
  }
  // This is an HTTP status.
  if (code >= 400) return "refused";
  if (code === GRPC_UNAVAILABLE && hasNoConnection(error)) return "not_received";
  return GRPC_REFUSALS.includes(code) ? "refused" : "unknown";
}

/** Only the text of grpc-js tells which kind of UNAVAILABLE it is. */
function hasNoConnection(error: object): boolean {
  const { details } = error as { details?: unknown };
  return (
    typeof details === "string" &&
    ["No connection established", ...NEVER_CONNECTED].some((word) => details.includes(word))
  );
}
