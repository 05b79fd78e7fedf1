/**
 * Why a request ended without a whole response; the values of `error.type` beside the status codes.
 *
 * - `client_disconnected`: the client closed or reset the connection, or became unreachable.
 * - `invalid_request`: what the client sent after the header block was not HTTP.
 * - `request_timeout`: the client did not send the whole request within the server's `requestTimeout`.
 * - `server_aborted`: this program destroyed the response or the connection. Node.js does so too, when
 *   an idle connection times out and nobody listens for that; the two cannot be told apart.
 * - `_OTHER`: the connection failed in some other way.
 */
export type UnfinishedReason =
  | "client_disconnected"
  | "invalid_request"
  | "request_timeout"
  | "server_aborted"
  | "_OTHER";

/** What a closed socket knows of its end. */
export interface ClosedSocket {
  /** The error that it was destroyed with. */
  readonly errored: Error | null;
  /** Whether the other side's end was read. */
  readonly readableEnded: boolean;
}

/** What an unfinished response knows of its end. */
export interface UnfinishedResponse {
  /** The error that it was destroyed with. */
  readonly errored?: Error | null | undefined;
}

/**
 * Why a response will not be finished, from what its closed connection knows.
 * @param halfOpen whether the server goes on after the client's end (`server.httpAllowHalfOpen`)
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
  // A response that is destroyed with an error passes it to its socket. That error may come from
  // anywhere, such as a connection of the program's own that was reset.
  if (errored === response.errored) return "server_aborted";
  return reasonOfCode("code" in errored ? errored.code : undefined);
}

/** The reason that the code of a connection's error stands for. */
export function reasonOfCode(code: unknown): UnfinishedReason {
  switch (code) {
    case "ECONNRESET":
    case "EPIPE":
    case "ECONNABORTED":
    case "ETIMEDOUT":
    // The parser's word for a connection that ended within a request's body.
    case "HPE_INVALID_EOF_STATE":
      return "client_disconnected";
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return "request_timeout";
    // A socket that was destroyed while a write was under way.
    case "ECANCELED":
    // An error without a code is the program's.
    case undefined:
      return "server_aborted";
    default:
      return typeof code === "string" && code.startsWith("HPE_") ? "invalid_request" : "_OTHER";
  }
}
