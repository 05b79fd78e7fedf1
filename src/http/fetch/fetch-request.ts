import type { Socket } from "node:net";
import type { ClientConnection } from "../client/connection.ts";
import type { MeasuredRequest } from "../client/measured-request.ts";
import {
  bytesBetween,
  declaredLength,
  headerBlockLength,
  lengthOf,
  type RawHeaders,
} from "../client/sizes.ts";
import type { HeadersMessage, UndiciRequest } from "./messages.ts";

/** The text that undici adds to a header block before a body of unknown or known length. */
const CHUNKED = "transfer-encoding: chunked\r\n\r\n".length;
const SIZED = "content-length: \r\n\r\n".length;

/** A request of fetch or undici in progress. */
export class FetchRequest {
  readonly measured: MeasuredRequest;
  /** The last connection on which it was sent: undici may send a request again. */
  connection: ClientConnection<Socket> | undefined;
  version: "1.1" | "2" | undefined;
  status: number | undefined;
  /** The socket's counters just before the header block is written. */
  #readFrom: number | undefined;
  #writtenFrom: number | undefined;
  /** The length of the body that the response declares. */
  #declared: number | undefined;
  #headerBlock = 0;

  constructor(measured: MeasuredRequest) {
    this.measured = measured;
  }

  /** Notes that the header block is being sent. */
  sent(connection: ClientConnection<Socket>, headerBlock: string): void {
    const socket = connection.transport;
    this.connection = connection;
    const multiplexed = "alpnProtocol" in socket && socket.alpnProtocol === "h2";
    this.version = multiplexed ? "2" : "1.1";
    // If a connection has several requests at a time, its counters cannot be assigned to one.
    this.#readFrom = multiplexed ? undefined : socket.bytesRead;
    this.#writtenFrom = multiplexed ? undefined : socket.bytesWritten + headerBlock.length;
  }

  /** Notes the header block of the response. */
  answered(
    method: string,
    { statusCode, statusText = "", headers }: HeadersMessage["response"],
  ): void {
    this.status = statusCode;
    const list = listOf(headers);
    this.#declared = declaredLength(method, statusCode, list);
    this.#headerBlock = headerBlockLength(statusText, list);
  }

  /** Returns the bytes of the request's body, or undefined if it was not sent. */
  requestBytes({ body, contentLength }: UndiciRequest, whole: boolean): number | undefined {
    if (this.version === undefined) return undefined;
    if (body === null || body === undefined) return 0;
    if (whole && body instanceof Uint8Array) return body.byteLength;
    const declared = lengthOf(contentLength);
    if (whole && declared !== undefined) return declared;
    const rest = declared === undefined ? CHUNKED : SIZED + String(declared).length;
    return bytesBetween(this.#writtenFrom, this.connection?.transport.bytesWritten, rest);
  }

  /** Returns the bytes of the response's body, or undefined if there is no response. */
  responseBytes(whole: boolean): number | undefined {
    if (this.status === undefined) return undefined;
    const declared = this.#declared;
    if (whole && declared !== undefined) return declared;
    const { connection } = this;
    const came = bytesBetween(this.#readFrom, connection?.transport.bytesRead, this.#headerBlock);
    return came === undefined || declared === undefined ? came : Math.min(came, declared);
  }
}

function listOf(headers: unknown): RawHeaders {
  if (Array.isArray(headers)) return headers as RawHeaders;
  return typeof headers === "object" && headers !== null ? Object.entries(headers).flat() : [];
}
