import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** What `100 Continue` puts before a response. */
const CONTINUE_BYTES = "HTTP/1.1 100 Continue\r\n\r\n".length;

/** The body's length that a request's header block declares: 0 for none; undefined for chunks. */
export function declaredLength(headers: IncomingHttpHeaders): number | undefined {
  if (headers["transfer-encoding"] !== undefined) return undefined;
  const length = headers["content-length"];
  if (length === undefined) return 0;
  const bytes = Number(length);
  return Number.isSafeInteger(bytes) && bytes >= 0 ? bytes : undefined;
}

/**
 * The socket's `bytesWritten`. Node.js copies the list of pending writes to compute it; if nothing is
 * pending, `_bytesDispatched` is the whole number.
 */
export function writtenBytes(socket: Socket): number {
  const { _bytesDispatched: sent } = socket as { readonly _bytesDispatched?: unknown };
  return socket.writableLength === 0 && typeof sent === "number" ? sent : socket.bytesWritten;
}

/**
 * The bytes of a request's body that came: the declared ones where it came whole, else those that the
 * connection carried since the request began, less the header block. Chunks count with their framing.
 * @param readFrom the socket's `bytesRead` before the request; NaN where it is not known
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

/** A response as far as Node.js keeps books of it; the fields are old, and not documented. */
interface Internals {
  /** The header block, once it is composed. */
  readonly _header?: string | null;
  /** The declared or known length of the body. */
  readonly _contentLength?: number | null;
  readonly _sent100?: boolean;
}

/**
 * The bytes of a response's body that were sent, where a header block was: never more than it declares.
 * A program may declare more than it sends, so the declared length alone stands only where the
 * connection's counters are not known.
 * @param sent the bytes that the connection carried since the last response; NaN where it is not known
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

/** Undefined where the counters told nothing. */
function within(bytes: number, declared: number | undefined): number | undefined {
  if (Number.isNaN(bytes)) return undefined;
  return Math.min(Math.max(bytes, 0), declared ?? Infinity);
}

/** The header block as clients write it: one blank after each colon. */
function headerBytes(request: IncomingMessage): number {
  const { method = "", url = "", rawHeaders } = request;
  let bytes = method.length + url.length + " HTTP/1.1\r\n".length + 1 + 2;
  // A name and its value lie side by side: `: ` for the one, a line's end for the other.
  for (const text of rawHeaders) bytes += text.length + 2;
  return bytes;
}
