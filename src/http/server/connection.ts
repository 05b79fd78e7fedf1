import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { MeasuredRequest } from "./measured-request.ts";
import { takenOverBy } from "./parser.ts";
import type { RoutedRequest } from "../routes/route.ts";
import type { Scheme } from "./scheme.ts";

/** A measured request on a connection of `node:http`. */
export interface Http1Request extends RoutedRequest {
  readonly response: ServerResponse;
  /** Undefined if the option `ignore` excludes it. */
  readonly measured: MeasuredRequest | undefined;
  /** The socket's `bytesRead` before the request; NaN if unknown. */
  readonly readFrom: number;
  /** Whether the request was measured before its end. */
  isSettled: boolean;
}

/** Listens to the events of a connection. The methods must not throw. */
export interface ConnectionListener {
  /** The socket closed. Node.js has not handled the event yet. */
  closed(connection: Connection): void;
  /** The program took over the connection with an upgrade or CONNECT request. */
  takenOver(connection: Connection, request: IncomingMessage): void;
}

/**
 * One connection to a server with its requests in progress. There are several if the client sends the next
 * request before it has the last response. It has two listeners on the socket. The one for `close` runs
 * before that of Node.js, while the socket still has its parser. The one for `removeListener` is necessary
 * because removing its listeners is the only visible thing that Node.js does when it passes a socket to the
 * program. Both are removed before the program gets the socket.
 */
export class Connection {
  readonly socket: Socket;
  readonly server: Server;
  readonly scheme: Scheme;
  /** Removes the connection from the list of live connections. */
  forget: () => void = () => {};
  /** The socket's byte counters between the last request and the next one; NaN if unknown. */
  readFrom = 0;
  writtenFrom = 0;
  /** The requests, oldest first. Node.js finishes them in this order. */
  readonly #requests: Http1Request[] = [];
  readonly #onClose: () => void;
  readonly #onRemoveListener: () => void;

  constructor(socket: Socket, server: Server, listener: ConnectionListener) {
    this.socket = socket;
    this.server = server;
    this.scheme = "encrypted" in socket && socket.encrypted === true ? "https" : "http";
    // Put these into variables first, as in the client's Http1Request. Otherwise V8 would put them into old
    // space.
    const onClose = (): void => listener.closed(this);
    const onRemoveListener = (): void => {
      const request = takenOverBy(socket);
      if (request === undefined) return;
      this.leave();
      listener.takenOver(this, request);
    };
    this.#onClose = onClose;
    this.#onRemoveListener = onRemoveListener;
    socket.prependListener("close", onClose);
    socket.on("removeListener", onRemoveListener);
  }

  /** Whether the server still answers after the client has ended its side. */
  get halfOpen(): boolean {
    return "httpAllowHalfOpen" in this.server && this.server.httpAllowHalfOpen === true;
  }

  /** Whether no request is in progress. */
  get isIdle(): boolean {
    return this.#requests.length === 0;
  }

  /** The requests without a finished response, oldest first. */
  get inFlight(): readonly Http1Request[] {
    return this.#requests;
  }

  /** Removes our listeners from the socket. */
  leave(): void {
    // Remove this one first, because it would be called for the other.
    this.socket.removeListener("removeListener", this.#onRemoveListener);
    this.socket.removeListener("close", this.#onClose);
  }

  begin(http1: Http1Request): void {
    this.#requests.push(http1);
  }

  /** Returns the request of this response, or undefined if its start was not observed. */
  find(response: ServerResponse): Http1Request | undefined {
    return this.#requests.find((served) => served.response === response);
  }

  /** Removes and returns the request of this response, or undefined if its start was not observed. */
  finish(response: ServerResponse): Http1Request | undefined {
    const requests = this.#requests;
    // Nearly always there is only one, and `pop` moves nothing.
    if (requests.length === 1)
      return requests[0]?.response === response ? requests.pop() : undefined;
    if (requests[0]?.response === response) return requests.shift();
    const index = requests.findIndex((served) => served.response === response);
    return index === -1 ? undefined : requests.splice(index, 1)[0];
  }

  /**
   * Notes the counters at which the next request and response begin. Call it when a response is finished.
   * @param written the socket's current `bytesWritten`
   */
  mark(request: IncomingMessage, written: number): void {
    this.writtenFrom = written;
    // The counter is unusable if a part of the next request was already read, or if the last body is
    // incomplete.
    this.readFrom = this.isIdle && request.complete ? this.socket.bytesRead : Number.NaN;
  }

  /** Removes and returns all requests in progress. */
  abandon(): Http1Request[] {
    return this.#requests.splice(0);
  }
}
