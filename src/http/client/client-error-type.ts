/**
 * Why a request of this process got no complete response. These are the values of `error.type` other than
 * status codes.
 *
 * - `aborted`: this program aborted it: by a signal, by destroying the request, response or client, or by
 *   cancelling the body or never reading all of it.
 * - `connect_timeout`: no connection was made in time.
 * - `connection_refused`: nobody listens there.
 * - `host_not_found`: the name has no address.
 * - `invalid_response`: the answer was not HTTP, or was contradictory.
 * - `server_disconnected`: the other side closed or reset the connection or the stream.
 * - `timeout`: a time limit of the program, the client or the system was exceeded.
 * - `tls_failed`: the handshake failed, or the certificate was not accepted.
 * - `unreachable`: the network has no route to the host.
 * - `_OTHER`: anything else.
 */
export type ClientErrorType =
  | "aborted"
  | "connect_timeout"
  | "connection_refused"
  | "host_not_found"
  | "invalid_response"
  | "server_disconnected"
  | "timeout"
  | "tls_failed"
  | "unreachable"
  | "_OTHER";

/**
 * Returns the error type of an upgrade or CONNECT request. If the server declines with a status, there is
 * none, even if the connection breaks after that.
 * @param unfinished the error type of a normal request
 */
export function declinedOr(
  status: number | undefined,
  unfinished: ClientErrorType | undefined,
): ClientErrorType | undefined {
  return status !== undefined && status >= 300 ? undefined : unfinished;
}

/** Whether the server accepts a CONNECT. The connection then belongs to the program. */
export function isTunnel(method: string, status: number | undefined): boolean {
  return method === "CONNECT" && status !== undefined && status >= 200 && status < 300;
}

/** The fields of a closed connection that tell how it ended. */
interface ClosedConnection {
  readonly destroyed: boolean;
  readonly errored: Error | null;
  readonly readableEnded: boolean;
}

/** The error type for each `code` of errors of Node.js and undici. */
const BY_CODE: ReadonlyMap<string, ClientErrorType> = new Map<string, ClientErrorType>([
  ["ABORT_ERR", "aborted"],
  // A write was in progress when the connection was destroyed.
  ["ECANCELED", "aborted"],
  ["ERR_STREAM_DESTROYED", "aborted"],
  ["ERR_STREAM_PREMATURE_CLOSE", "aborted"],
  ["ERR_HTTP2_STREAM_CANCEL", "aborted"],
  ["ERR_HTTP2_INVALID_SESSION", "aborted"],
  ["UND_ERR_ABORTED", "aborted"],
  ["UND_ERR_CLOSED", "aborted"],
  ["UND_ERR_DESTROYED", "aborted"],
  ["ERR_SOCKET_CONNECTION_TIMEOUT", "connect_timeout"],
  ["UND_ERR_CONNECT_TIMEOUT", "connect_timeout"],
  ["ECONNREFUSED", "connection_refused"],
  // A Unix domain socket that does not exist.
  ["ENOENT", "connection_refused"],
  ["ENOTFOUND", "host_not_found"],
  ["EAI_AGAIN", "host_not_found"],
  ["ENODATA", "host_not_found"],
  ["ERR_HTTP2_PROTOCOL_ERROR", "invalid_response"],
  ["ERR_HTTP2_ERROR", "invalid_response"],
  ["UND_ERR_HEADERS_OVERFLOW", "invalid_response"],
  ["ECONNRESET", "server_disconnected"],
  ["ECONNABORTED", "server_disconnected"],
  ["EPIPE", "server_disconnected"],
  ["UND_ERR_SOCKET", "server_disconnected"],
  ["ERR_HTTP2_GOAWAY_SESSION", "server_disconnected"],
  ["ERR_HTTP2_SESSION_ERROR", "server_disconnected"],
  ["ERR_HTTP2_STREAM_ERROR", "server_disconnected"],
  ["ETIMEDOUT", "timeout"],
  ["UND_ERR_HEADERS_TIMEOUT", "timeout"],
  ["UND_ERR_BODY_TIMEOUT", "timeout"],
  ["EPROTO", "tls_failed"],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", "tls_failed"],
  ["SELF_SIGNED_CERT_IN_CHAIN", "tls_failed"],
  ["HOSTNAME_MISMATCH", "tls_failed"],
  ["INVALID_CA", "tls_failed"],
  ["INVALID_PURPOSE", "tls_failed"],
  ["PATH_LENGTH_EXCEEDED", "tls_failed"],
  ["UND_ERR_PRX_TLS", "tls_failed"],
  ["EADDRNOTAVAIL", "unreachable"],
  ["EHOSTDOWN", "unreachable"],
  ["EHOSTUNREACH", "unreachable"],
  ["ENETDOWN", "unreachable"],
  ["ENETUNREACH", "unreachable"],
]);

/** The error type for each prefix of a `code`. */
const BY_PREFIX: readonly (readonly [prefix: string, type: ClientErrorType])[] = [
  ["EAI_", "host_not_found"],
  ["HPE_", "invalid_response"],
  ["UND_ERR_RES_", "invalid_response"],
  ["ERR_TLS_", "tls_failed"],
  ["ERR_SSL_", "tls_failed"],
  ["ERR_OSSL_", "tls_failed"],
  ["CERT_", "tls_failed"],
  ["CRL_", "tls_failed"],
  ["UNABLE_TO_", "tls_failed"],
  ["ERROR_IN_CERT_", "tls_failed"],
];

/**
 * Returns the `error.type` for the error of a request. Anything can be thrown, or be the reason of a signal.
 * An error without a code of Node.js or undici comes from the program.
 */
export function clientErrorType(error: unknown): ClientErrorType {
  try {
    return typeOf(error) ?? typeOf((error as { readonly cause?: unknown }).cause) ?? "aborted";
  } catch {
    // Reading the thrown value may throw.
    return "_OTHER";
  }
}

/** Returns undefined if the cause says more, as for a request that waited for its session. */
function typeOf(error: unknown): ClientErrorType | undefined {
  if (typeof error !== "object" || error === null) return "aborted";
  const { name, code, message, syscall, cause } = error as Readonly<Record<string, unknown>>;
  if (name === "TimeoutError") return "timeout";
  if (name === "AbortError") return isTimeout(cause) ? "timeout" : "aborted";
  // undici has no code for errors of its parser.
  if (name === "HTTPParserError") return "invalid_response";
  if (typeof code !== "string") return "aborted";
  if (code === "ERR_HTTP2_STREAM_CANCEL" && cause !== undefined) return undefined;
  // undici uses this one code for all errors of HTTP/2 streams and sessions.
  if (code === "UND_ERR_INFO") {
    if (cause !== undefined) return undefined;
    return String(message).includes("timeout") ? "timeout" : "server_disconnected";
  }
  if (code === "ETIMEDOUT" && syscall === "connect") return "connect_timeout";
  return (
    BY_CODE.get(code) ?? BY_PREFIX.find(([prefix]) => code.startsWith(prefix))?.[1] ?? "_OTHER"
  );
}

/** Whether the reason of a signal comes from `AbortSignal.timeout()`. */
function isTimeout(cause: unknown): boolean {
  return (
    typeof cause === "object" && cause !== null && "name" in cause && cause.name === "TimeoutError"
  );
}

/**
 * Returns why a request of `node:http` got no complete response.
 * @param error the error that Node.js published for the request
 */
export function unfinishedType(
  request: { readonly socket: ClosedConnection | null; readonly aborted: boolean },
  error: unknown,
): ClientErrorType {
  const { socket } = request;
  // Node.js uses the same error if this program destroyed the request and if the server hung up.
  if (error !== undefined && !isHangUp(error)) return clientErrorType(error);
  // No error at all: the old `abort()`, or a proxy that refused a tunnel.
  if (socket === null) return error !== undefined || request.aborted ? "aborted" : "_OTHER";
  if (socket.errored) return clientErrorType(socket.errored);
  if (socket.readableEnded) return "server_disconnected";
  return socket.destroyed ? "aborted" : "server_disconnected";
}

function isHangUp(error: unknown): boolean {
  return error instanceof Error && error.message === "socket hang up";
}

/** The fields of a closed HTTP/2 stream that tell how it ended. */
interface ClosedStream {
  readonly errored: Error | null;
  readonly rstCode: number;
  readonly readableEnded: boolean;
  /** Internal to Node.js. `ended` is true when everything has arrived, even if it was not read. */
  readonly _readableState?: { readonly ended?: boolean };
}

/** RFC 9113, section 7: the stream is no longer needed. */
const CANCEL = 8;

/**
 * Returns why the stream of a request got no complete response, or undefined if it did.
 * @param connected whether its connection is still open
 */
export function streamUnfinishedType(
  stream: ClosedStream,
  connected: boolean,
): ClientErrorType | undefined {
  const { errored, rstCode } = stream;
  if (errored) return clientErrorType(errored);
  if (!connected) return "server_disconnected";
  // Node.js has no error for a CANCEL of either side. Clients send it.
  if (rstCode !== 0) return rstCode === CANCEL ? "aborted" : "server_disconnected";
  const { _readableState, readableEnded } = stream;
  return _readableState?.ended === true || readableEnded ? undefined : "aborted";
}
