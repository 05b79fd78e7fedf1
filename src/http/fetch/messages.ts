import type { Socket } from "node:net";

/** undici's request as its channels carry it, alike in the built-in one and the one from npm. */
export interface UndiciRequest {
  readonly origin: unknown;
  readonly path: string;
  readonly method: string;
  /** Null for none; a Buffer where the body was given whole. */
  readonly body: unknown;
  /** What the program or fetch declared. */
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
    /** Names and values in turn, or an object of them. */
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

/** Whether the request is to make the connection something else than HTTP. */
export function changesProtocol(request: UndiciRequest): boolean {
  return request.method === "CONNECT" || Boolean(request.upgrade);
}
