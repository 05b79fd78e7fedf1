import type { ClientRequest, IncomingMessage } from "node:http";

/** A socket's counters; undefined of what is no socket. */
interface Counters {
  readonly bytesRead?: number;
  readonly bytesWritten?: number;
}

/** What Node.js notes of a request that it sends; not documented, and there since its first releases. */
interface Internals {
  /** The header block, once it is composed. */
  readonly _header?: string | null;
  /** The body's length, where it was declared or given whole. */
  readonly _contentLength?: number | null;
}

/** Raw headers: names and values in turn, as text or as bytes. */
export type RawHeaders = readonly unknown[];

const NAME = "content-length";
const USUAL_NAME = "Content-Length";

/** Whether the request has been ended without a body, whose counter need not be asked: that is dear. */
export function isEmptyRequest(request: ClientRequest): boolean {
  const { _contentLength } = request as Internals;
  return _contentLength === 0;
}

/**
 * The bytes of the body that a request of `node:http` sent; undefined where nothing was sent.
 * @param from the socket's counter when it was given to the request
 */
export function requestBytes(
  request: ClientRequest,
  from: number | undefined,
  socket: Counters | undefined,
): number | undefined {
  const { _header, _contentLength } = request as Internals;
  if (_contentLength === 0 && socket !== undefined) return 0;
  const declared = typeof _contentLength === "number" ? _contentLength : undefined;
  const finished = request.writableFinished ? declared : undefined;
  const to = socket?.bytesWritten;
  if (typeof _header !== "string" || to === from) return finished;
  const sent = bytesBetween(from, to, _header.length);
  // A program may declare more than it sends.
  return sent === undefined ? finished : Math.min(sent, declared ?? Infinity);
}

/** The bytes of the body of a response of `node:http`. */
export function responseBytes(
  method: string,
  response: IncomingMessage,
  whole: boolean,
  from: number | undefined,
  socket: Counters | undefined,
): number | undefined {
  const { statusCode = 0, statusMessage = "", rawHeaders } = response;
  const declared = declaredLength(method, statusCode, rawHeaders);
  if (whole && declared !== undefined) return declared;
  const came = bytesBetween(from, socket?.bytesRead, headerBlockLength(statusMessage, rawHeaders));
  return came === undefined || declared === undefined ? came : Math.min(came, declared);
}

/**
 * The bytes of a response's body, where its header block says them.
 * @param method the request's
 */
export function declaredLength(
  method: string,
  status: number,
  headers: RawHeaders,
): number | undefined {
  return isBodiless(method, status) ? 0 : contentLength(headers);
}

/** The value of `Content-Length`; undefined where there is none, or none that is a length. */
export function contentLength(headers: RawHeaders): number | undefined {
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const name = headers[index] as string | Uint8Array;
    if (
      name.length === NAME.length &&
      (name === USUAL_NAME || textOf(name).toLowerCase() === NAME)
    ) {
      return lengthOf(headers[index + 1]);
    }
  }
  return undefined;
}

/** A length from the value of a header field; undefined for anything else. */
export function lengthOf(value: unknown): number | undefined {
  const length = typeof value === "number" ? value : Number(textOf(value) || Number.NaN);
  return Number.isSafeInteger(length) && length >= 0 ? length : undefined;
}

/** How long a header block was that Node.js writes so, as nearly all servers do. */
export function headerBlockLength(statusText: string, headers: RawHeaders): number {
  // "HTTP/1.1 200 " and two line ends.
  let length = 17 + statusText.length;
  for (let index = 0; index + 1 < headers.length; index += 2) {
    // ": " and a line end.
    length += 4 + sizeOf(headers[index]) + sizeOf(headers[index + 1]);
  }
  return length;
}

/** The bytes between two readings of a socket's counter, less a header block; undefined without them. */
export function bytesBetween(
  before: number | undefined,
  after: number | undefined,
  headerBlock: number,
): number | undefined {
  if (before === undefined || after === undefined) return undefined;
  const bytes = after - before - headerBlock;
  // A pooled connection may have sent more than this one response.
  return Number.isFinite(bytes) ? Math.max(0, bytes) : undefined;
}

/** Whether such a response has no body (RFC 9110, section 6.4.1), whatever length it declares. */
export function isBodiless(method: string, status: number): boolean {
  if (method === "CONNECT") return status >= 200 && status < 300;
  return method === "HEAD" || status === 204 || status === 304 || status === 101;
}

function sizeOf(part: unknown): number {
  return typeof part === "string" || part instanceof Uint8Array ? part.length : 0;
}

function textOf(part: unknown): string {
  if (typeof part === "string") return part;
  return part instanceof Uint8Array ? Buffer.from(part).toString("latin1") : "";
}
