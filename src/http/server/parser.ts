import type { IncomingMessage, Server } from "node:http";
import type { Socket } from "node:net";
import { reasonOfCode, type UnfinishedReason } from "./unfinished-reason.ts";

/**
 * The parser that Node.js attaches to a socket while it reads HTTP. It is undocumented, so we check
 * everything.
 */
interface ParserLike {
  /** The current message, from the end of its header block to the end of its body. */
  readonly incoming?: (IncomingMessage & { readonly upgrade?: boolean }) | null;
  /** Milliseconds since the first byte of the current message. Node.js 26 does not have it. */
  duration?(): number;
}

/** A request that Node.js refused because it could not read the header block. The program never sees it. */
export interface Refusal {
  /** The status of Node.js's answer. Undefined if the program's `clientError` listener answered. */
  readonly status: number | undefined;
  readonly reason: UnfinishedReason;
  /** The time since the first byte. If Node.js does not know it, the smallest possible value. */
  readonly durationMs: number;
}

/** The parts of a connection that show a refusal. */
export interface RefusedConnection {
  readonly socket: Socket;
  readonly server: Server;
  /** The socket's byte counters at the end of the last response. */
  readonly readFrom: number;
  readonly writtenFrom: number;
}

/** Whether Node.js reads HTTP from this socket now. */
export function readsHttp(socket: Socket): boolean {
  return parserOf(socket) !== undefined;
}

/**
 * Returns the upgrade or CONNECT request with which the program takes over the socket. Call it while Node.js
 * removes its listeners.
 */
export function takenOverBy(socket: Socket): IncomingMessage | undefined {
  const incoming = parserOf(socket)?.incoming;
  return incoming?.upgrade === true ? incoming : undefined;
}

/**
 * Returns the refused request of a closing socket, or undefined. Call it before Node.js removes the parser.
 * If a client disconnects within its header block, that is not a request.
 */
export function refusalOf(connection: RefusedConnection): Refusal | undefined {
  const { socket, server, readFrom, writtenFrom } = connection;
  const parser = parserOf(socket);
  if (parser === undefined || parser.incoming?.complete === false) return undefined;
  // The connection was only opened. If `readFrom` is NaN, something was received.
  if (socket.bytesRead <= readFrom) return undefined;
  const elapsedMs = parser.duration?.();
  const { errored } = socket;
  if (errored === null) {
    // If a `clientError` listener answers, the socket has no error.
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

/** Returns the status that Node.js itself sends for an unreadable request. */
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
