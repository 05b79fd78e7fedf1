import type { AttemptResponse } from "../sdk/otlp-exporter.ts";
import type { ExportResultLike } from "../sdk/types.ts";

/** What became of data that was given to an exporter. */
export type DeliveryOutcome =
  /** The receiver took it. */
  | "received"
  /** The receiver surely does not have it, and may take it another time: no connection, or it is busy. */
  | "not_received"
  /** The receiver does not want it. */
  | "refused"
  /** Nobody knows: an answer did not come. */
  | "unknown";

/** What was seen of several attempts: of two of them, the one that says more about the data. */
const WEIGHT: Readonly<Record<DeliveryOutcome, number>> = {
  not_received: 0,
  refused: 1,
  unknown: 2,
  received: 3,
};

/** What became of the data of an export, by two of its attempts. */
export function outcomeOfBoth(a: DeliveryOutcome, b: DeliveryOutcome): DeliveryOutcome {
  return WEIGHT[a] < WEIGHT[b] ? b : a;
}

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
  // An HTTP status.
  if (code >= 400) return "refused";
  if (code === GRPC_UNAVAILABLE && hasNoConnection(error)) return "not_received";
  return GRPC_REFUSALS.includes(code) ? "refused" : "unknown";
}

/** grpc-js says in words which kind of UNAVAILABLE it is. */
function hasNoConnection(error: object): boolean {
  const { details } = error as { details?: unknown };
  return (
    typeof details === "string" &&
    ["No connection established", ...NEVER_CONNECTED].some((word) => details.includes(word))
  );
}
