import type { ClientRequest, IncomingMessage } from "node:http";

/** The byte counters of a socket. Undefined for anything else. */
interface Counters {
  readonly bytesRead?: number;
  readonly bytesWritten?: number;
}

/** Internal fields of a request in Node.js. They are undocumented, but exist since the first releases. */
interface Internals {
  /** The header block, after it is composed. */
  readonly _header?: string | null;
  /** The length of the body, if it was declared or the body was passed in one piece. */
  readonly _contentLength?: number | null;
}

/** Raw headers: alternating names and values, as text or bytes. */
export type RawHeaders = readonly unknown[];

const NAME = "content-length";
const USUAL_NAME = "Content-Length";

/** Whether the request has ended without a body. Then there is no need to read the counter, which is slow. */
export function isEmptyRequest(request: ClientRequest): boolean {
  const { _contentLength } = request as Internals;
  return _contentLength === 0;
}

/**
 * Returns the bytes of the body that a request of `node:http` sent, or undefined if nothing was sent.
 * @param from the socket's counter when the request got the socket
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

/** Returns the bytes of the body of a response of `node:http`. */
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
 * Returns the bytes of a response's body, if the header block declares them.
 * @param method the method of the request
 */
export function declaredLength(
  method: string,
  status: number,
  headers: RawHeaders,
): number | undefined {
  return isBodiless(method, status) ? 0 : contentLength(headers);
}

/** Returns the value of `Content-Length`, or undefined if it is missing or invalid. */
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

/** Returns the length in a header value, or undefined if it is not a length. */
export function lengthOf(value: unknown): number | undefined {
  const length = typeof value === "number" ? value : Number(textOf(value) || Number.NaN);
  return Number.isSafeInteger(length) && length >= 0 ? length : undefined;
}

/** Returns the length of a header block in the usual form, which Node.js and nearly all servers write. */
export function headerBlockLength(statusText: string, headers: RawHeaders): number {
  // "HTTP/1.1 200 " and two line ends.
  let length = 17 + statusText.length;
  for (let index = 0; index + 1 < headers.length; index += 2) {
    // ": " and a line end.
    length += 4 + sizeOf(headers[index]) + sizeOf(headers[index + 1]);
  }
  return length;
}

/**
 * Returns the bytes between two readings of a socket's counter, without the header block. Undefined if a
 * reading is missing.
 */
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

/** Whether such a response has no body (RFC 9110, section 6.4.1), even if it declares a length. */
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
