import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** The length of the `100 Continue` before a response. */
const CONTINUE_BYTES = "HTTP/1.1 100 Continue\r\n\r\n".length;

/**
 * Returns the length of the body that a request's header block declares: 0 for no body, undefined for chunks.
 */
export function declaredLength(headers: IncomingHttpHeaders): number | undefined {
  if (headers["transfer-encoding"] !== undefined) return undefined;
  const length = headers["content-length"];
  if (length === undefined) return 0;
  const bytes = Number(length);
  return Number.isSafeInteger(bytes) && bytes >= 0 ? bytes : undefined;
}

/**
 * Returns the socket's `bytesWritten`. Node.js copies the list of pending writes to compute it. If nothing is
 * pending, `_bytesDispatched` is the same number.
 */
export function writtenBytes(socket: Socket): number {
  const { _bytesDispatched: sent } = socket as { readonly _bytesDispatched?: unknown };
  return socket.writableLength === 0 && typeof sent === "number" ? sent : socket.bytesWritten;
}

/**
 * Returns the received bytes of a request's body. If it is complete, this is the declared length. Otherwise
 * it is what the connection received since the request began, without the header block; chunks then include
 * their framing.
 * @param readFrom the socket's `bytesRead` before the request; NaN if unknown
 */
export function requestBodyBytes(
  request: IncomingMessage,
  declared: number | undefined,
  socket: Socket,
  readFrom: number,
): number | undefined {
  if (declared === 0 || (declared !== undefined && request.complete)) return declared;
  return within(socket.bytesRead - readFrom - headerBytes(request), declared);
}

/** Internal fields of a response in Node.js. They are old and undocumented. */
interface Internals {
  /** The header block, after it is composed. */
  readonly _header?: string | null;
  /** The declared or known length of the body. */
  readonly _contentLength?: number | null;
  readonly _sent100?: boolean;
}

/**
 * Returns the sent bytes of a response's body, at most the declared length. A program may declare more than
 * it sends, so the declared length alone is used only if the connection's counters are unknown.
 * @param sent the bytes that the connection sent since the last response; NaN if unknown
 */
export function responseBodyBytes(
  response: ServerResponse,
  status: number,
  head: boolean,
  finished: boolean,
  sent: number,
): number | undefined {
  if (head || status === 204 || status === 304) return 0;
  const { _header, _contentLength, _sent100 } = response as Internals;
  const declared =
    typeof _contentLength === "number" && _contentLength >= 0 ? _contentLength : undefined;
  const before =
    typeof _header === "string"
      ? _header.length + (_sent100 === true ? CONTINUE_BYTES : 0)
      : Number.NaN;
  return within(sent - before, declared) ?? (finished ? declared : undefined);
}

/** Limits the bytes to the declared length. Undefined if the counters are unknown. */
function within(bytes: number, declared: number | undefined): number | undefined {
  if (Number.isNaN(bytes)) return undefined;
  return Math.min(Math.max(bytes, 0), declared ?? Infinity);
}

/** Returns the length of the header block in the usual form, with one space after each colon. */
function headerBytes(request: IncomingMessage): number {
  const { method = "", url = "", rawHeaders } = request;
  let bytes = method.length + url.length + " HTTP/1.1\r\n".length + 1 + 2;
  // The list alternates names and values: add `: ` for a name and a line end for a value.
  for (const text of rawHeaders) bytes += text.length + 2;
  return bytes;
}
