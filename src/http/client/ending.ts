/**
 * Why a request of this process got no whole response; the values of `error.type` beside the status
 * codes.
 *
 * - `aborted`: this program gave it up: a signal, a destroyed request, response or client, or a body
 *   that was cancelled or never read to its end.
 * - `connect_timeout`: no connection came about in time.
 * - `connection_refused`: nobody listens there.
 * - `host_not_found`: the name has no address.
 * - `invalid_response`: what came was not HTTP, or contradicted itself.
 * - `server_disconnected`: the other side closed or reset the connection or the stream.
 * - `timeout`: a time limit passed, be it the program's, the client's or the system's.
 * - `tls_failed`: the handshake failed, or the certificate was not accepted.
 * - `unreachable`: the network knows no way there.
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
 * How a request ends that asked for another protocol, with an upgrade or CONNECT: with the status of a
 * server that declines, whatever then becomes of the connection.
 * @param unfinished how it would end as any other request
 */
export function declinedOr(
  status: number | undefined,
  unfinished: ClientErrorType | undefined,
): ClientErrorType | undefined {
  return status !== undefined && status >= 300 ? undefined : unfinished;
}

/** Whether the server agrees to a CONNECT: what follows the header block is the program's. */
export function isTunnel(method: string, status: number | undefined): boolean {
  return method === "CONNECT" && status !== undefined && status >= 200 && status < 300;
}

/** What a closed connection knows of its end. */
interface ClosedConnection {
  readonly destroyed: boolean;
  readonly errored: Error | null;
  readonly readableEnded: boolean;
}

/** By the `code` of the errors of Node.js and undici. */
const BY_CODE: ReadonlyMap<string, ClientErrorType> = new Map<string, ClientErrorType>([
  ["ABORT_ERR", "aborted"],
  // A write that was under way when the connection was destroyed.
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
  // A Unix domain socket that is not there.
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

/** By how the `code` begins. */
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
 * The `error.type` of what a request failed with. Anything may be thrown, or be the reason of a
 * signal: what carries no code that Node.js or undici gives is the program's own.
 */
export function clientErrorType(error: unknown): ClientErrorType {
  try {
    return typeOf(error) ?? typeOf((error as { readonly cause?: unknown }).cause) ?? "aborted";
  } catch {
    // What was thrown may throw when it is looked at.
    return "_OTHER";
  }
}

/** Undefined where its cause says more: of a request that waited for its session. */
function typeOf(error: unknown): ClientErrorType | undefined {
  if (typeof error !== "object" || error === null) return "aborted";
  const { name, code, message, syscall, cause } = error as Readonly<Record<string, unknown>>;
  if (name === "TimeoutError") return "timeout";
  if (name === "AbortError") return isTimeout(cause) ? "timeout" : "aborted";
  // undici knows no code for what its parser cannot read.
  if (name === "HTTPParserError") return "invalid_response";
  if (typeof code !== "string") return "aborted";
  if (code === "ERR_HTTP2_STREAM_CANCEL" && cause !== undefined) return undefined;
  // What undici says of its HTTP/2 streams and sessions has this one code.
  if (code === "UND_ERR_INFO") {
    if (cause !== undefined) return undefined;
    return String(message).includes("timeout") ? "timeout" : "server_disconnected";
  }
  if (code === "ETIMEDOUT" && syscall === "connect") return "connect_timeout";
  return (
    BY_CODE.get(code) ?? BY_PREFIX.find(([prefix]) => code.startsWith(prefix))?.[1] ?? "_OTHER"
  );
}

/** Whether a signal's reason is that of `AbortSignal.timeout()`. */
function isTimeout(cause: unknown): boolean {
  return (
    typeof cause === "object" && cause !== null && "name" in cause && cause.name === "TimeoutError"
  );
}

/**
 * Why a request of `node:http` got no whole response.
 * @param error what Node.js said that the request failed with
 */
export function unfinishedType(
  request: { readonly socket: ClosedConnection | null; readonly aborted: boolean },
  error: unknown,
): ClientErrorType {
  const { socket } = request;
  // Node.js gives a request that this program destroyed the same error as one whose server hung up.
  if (error !== undefined && !isHangUp(error)) return clientErrorType(error);
  // Without a word of an error: the old `abort()`, or a proxy that gave no tunnel.
  if (socket === null) return error !== undefined || request.aborted ? "aborted" : "_OTHER";
  if (socket.errored) return clientErrorType(socket.errored);
  if (socket.readableEnded) return "server_disconnected";
  return socket.destroyed ? "aborted" : "server_disconnected";
}

function isHangUp(error: unknown): boolean {
  return error instanceof Error && error.message === "socket hang up";
}

/** What an HTTP/2 stream knows of its end when it closes. */
interface ClosedStream {
  readonly errored: Error | null;
  readonly rstCode: number;
  readonly readableEnded: boolean;
  /** Of Node.js's streams; `ended` once all that will come has come, read or not. */
  readonly _readableState?: { readonly ended?: boolean };
}

/** RFC 9113, section 7: the stream is no longer needed. */
const CANCEL = 8;

/**
 * Why the stream of a request got no whole response; undefined where it did.
 * @param connected whether its connection still stands
 */
export function streamUnfinishedType(
  stream: ClosedStream,
  connected: boolean,
): ClientErrorType | undefined {
  const { errored, rstCode } = stream;
  if (errored) return clientErrorType(errored);
  if (!connected) return "server_disconnected";
  // Node.js has no error for either side's CANCEL, which is what clients send.
  if (rstCode !== 0) return rstCode === CANCEL ? "aborted" : "server_disconnected";
  const { _readableState, readableEnded } = stream;
  return _readableState?.ended === true || readableEnded ? undefined : "aborted";
}
