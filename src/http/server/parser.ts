import type { IncomingMessage, Server } from "node:http";
import type { Socket } from "node:net";
import { reasonOfCode, type UnfinishedReason } from "./ending.ts";

/** What Node.js hangs on a socket while it reads HTTP from it; not documented, and so taken softly. */
interface ParserLike {
  /** The message under way, from the end of its header block to the end of its body. */
  readonly incoming?: (IncomingMessage & { readonly upgrade?: boolean }) | null;
  /** Milliseconds since the first byte of the message under way; not of Node.js 26. */
  duration?(): number;
}

/** A header block that Node.js could not read, so that the program never saw a request. */
export interface Refusal {
  /** What Node.js answered; undefined where the program's `clientError` listener did. */
  readonly status: number | undefined;
  readonly reason: UnfinishedReason;
  /** Since its first byte; the least that it can be where Node.js does not tell. */
  readonly durationMs: number;
}

/** The parts of a connection from which a refusal is told. */
export interface RefusedConnection {
  readonly socket: Socket;
  readonly server: Server;
  /** Where the socket's byte counters stood when the last response was finished. */
  readonly readFrom: number;
  readonly writtenFrom: number;
}

/** Whether Node.js reads HTTP from this socket now. */
export function readsHttp(socket: Socket): boolean {
  return parserOf(socket) !== undefined;
}

/**
 * The upgrade or CONNECT request with which the program takes the socket over; asked while Node.js
 * takes its listeners away.
 */
export function takenOverBy(socket: Socket): IncomingMessage | undefined {
  const incoming = parserOf(socket)?.incoming;
  return incoming?.upgrade === true ? incoming : undefined;
}

/**
 * Whether a socket that closes leaves a header block behind that was refused; asked before Node.js
 * takes the parser away. A client that went away within its header block asked for nothing.
 */
export function refusalOf(connection: RefusedConnection): Refusal | undefined {
  const { socket, server, readFrom, writtenFrom } = connection;
  const parser = parserOf(socket);
  if (parser === undefined || parser.incoming?.complete === false) return undefined;
  // A connection that was only opened; NaN where something did come.
  if (socket.bytesRead <= readFrom) return undefined;
  const elapsedMs = parser.duration?.();
  const { errored } = socket;
  if (errored === null) {
    // A `clientError` listener keeps the error to itself, but answers.
    return socket.bytesWritten > writtenFrom
      ? { status: undefined, reason: "invalid_request", durationMs: elapsedMs ?? 0 }
      : undefined;
  }
  const code = "code" in errored ? errored.code : undefined;
  const reason = reasonOfCode(code);
  if (reason !== "invalid_request" && reason !== "request_timeout") return undefined;
  const status = server.listenerCount("clientError") === 0 ? answerOf(code) : undefined;
  const leastMs = reason === "request_timeout" ? server.headersTimeout : 0;
  return { status, reason, durationMs: elapsedMs ?? leastMs };
}

/** What Node.js answers by itself to what it cannot read. */
function answerOf(code: unknown): number {
  switch (code) {
    case "HPE_HEADER_OVERFLOW":
      return 431;
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return 408;
    default:
      return 400;
  }
}

function parserOf(socket: Socket): ParserLike | undefined {
  return (socket as { readonly parser?: ParserLike | null }).parser ?? undefined;
}
