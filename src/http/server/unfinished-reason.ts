/**
 * Why a request has no complete response. These are the values of `error.type` other than status codes.
 *
 * - `client_disconnected`: the client closed or reset the connection, or became unreachable.
 * - `invalid_request`: the data that the client sent after the header block was not HTTP.
 * - `request_timeout`: the client did not send the whole request within the server's `requestTimeout`.
 * - `server_aborted`: this program destroyed the response or the connection. Node.js does the same when an
 *   idle connection times out and nobody listens for that; we cannot distinguish the two.
 * - `_OTHER`: the connection failed in some other way.
 */
export type UnfinishedReason =
  | "client_disconnected"
  | "invalid_request"
  | "request_timeout"
  | "server_aborted"
  | "_OTHER";

/** The fields of a closed socket that tell how it ended. */
export interface ClosedSocket {
  /** The error with which it was destroyed. */
  readonly errored: Error | null;
  /** Whether the other side has ended. */
  readonly readableEnded: boolean;
}

/** The fields of an unfinished response that tell how it ended. */
export interface UnfinishedResponse {
  /** The error with which it was destroyed. */
  readonly errored?: Error | null | undefined;
}

/**
 * Returns why a response will not be finished, from its closed connection.
 * @param halfOpen whether the server still answers after the client has ended its side
 *   (`server.httpAllowHalfOpen`)
 */
export function unfinishedReason(
  socket: ClosedSocket,
  response: UnfinishedResponse,
  halfOpen: boolean,
): UnfinishedReason {
  const { errored } = socket;
  if (errored === null || errored === undefined) {
    return socket.readableEnded && !halfOpen ? "client_disconnected" : "server_aborted";
  }
  // If a response is destroyed with an error, its socket gets the same error. It may come from anywhere, for
  // example from another connection of the program that was reset.
  if (errored === response.errored) return "server_aborted";
  return reasonOfCode("code" in errored ? errored.code : undefined);
}

/** Returns the reason for the error code of a connection. */
export function reasonOfCode(code: unknown): UnfinishedReason {
  switch (code) {
    case "ECONNRESET":
    case "EPIPE":
    case "ECONNABORTED":
    case "ETIMEDOUT":
    // The parser's code for a connection that ended within a request's body.
    case "HPE_INVALID_EOF_STATE":
      return "client_disconnected";
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return "request_timeout";
    // The socket was destroyed while a write was in progress.
    case "ECANCELED":
    // An error without a code comes from the program.
    case undefined:
      return "server_aborted";
    default:
      return typeof code === "string" && code.startsWith("HPE_") ? "invalid_request" : "_OTHER";
  }
}
