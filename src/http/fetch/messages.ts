import type { Socket } from "node:net";

/**
 * The request in the messages of undici's channels, the same for the built-in undici and the one from npm.
 */
export interface UndiciRequest {
  readonly origin: unknown;
  readonly path: string;
  readonly method: string;
  /** Null for none, or a Buffer if the body was passed in one piece. */
  readonly body: unknown;
  /** The length that the program or fetch declared. */
  readonly contentLength: number | null;
  /** The protocol to change to; null or blank for none. */
  readonly upgrade?: unknown;
}

/** `undici:request:create` and `undici:request:trailers`. */
export interface RequestMessage {
  readonly request: UndiciRequest;
}

/** `undici:request:error`. */
export interface ErrorMessage extends RequestMessage {
  readonly error: unknown;
}

/** `undici:request:headers`. */
export interface HeadersMessage {
  readonly request: UndiciRequest;
  readonly response: {
    readonly statusCode: number;
    readonly statusText?: string;
    /** Alternating names and values, or an object. */
    readonly headers: unknown;
  };
}

/** `undici:client:sendHeaders`. */
export interface SendHeadersMessage {
  readonly request: UndiciRequest;
  /** The header block, as far as it is composed. */
  readonly headers: string;
  readonly socket: Socket;
}

/** `undici:client:connected`. */
export interface ConnectedMessage {
  readonly connectParams: {
    readonly hostname: string;
    readonly protocol: string;
    /** Blank for the scheme's default. */
    readonly port: string | number;
  };
  readonly socket: Socket;
}

/** Whether the request asks for another protocol than HTTP on the connection. */
export function changesProtocol(request: UndiciRequest): boolean {
  return request.method === "CONNECT" || Boolean(request.upgrade);
}
