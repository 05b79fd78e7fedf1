import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { MeasuredRequest } from "./measured-request.ts";
import { takenOverBy } from "./parser.ts";
import type { RoutedRequest } from "../routes/route.ts";
import type { Scheme } from "./scheme.ts";

/** A measured request on a connection of `node:http`. */
export interface Http1Request extends RoutedRequest {
  readonly response: ServerResponse;
  /** Undefined where the options ignore it. */
  readonly measured: MeasuredRequest | undefined;
  /** The socket's `bytesRead` before the request; NaN where that is not known. */
  readonly readFrom: number;
  /** Whether it was measured before its end. */
  isSettled: boolean;
}

/** Who is told what happens on a connection. None of these may throw. */
export interface ConnectionListener {
  /** The socket is closed; Node.js has not heard of it yet. */
  closed(connection: Connection): void;
  /** The program took the connection over with an upgrade or CONNECT request. */
  takenOver(connection: Connection, request: IncomingMessage): void;
}

/**
 * One connection to a server with its requests in flight: more than one where the client sends the
 * next request before it has the last response. Has two listeners on the socket: `close`, before that
 * of Node.js, while the socket still has its parser; and `removeListener`, as taking its own listeners
 * away is all that Node.js does in sight when it leaves a socket to the program. Both are gone when the
 * program gets the socket.
 */
export class Connection {
  readonly socket: Socket;
  readonly server: Server;
  readonly scheme: Scheme;
  /** Takes the connection off the list of the live ones. */
  forget: () => void = () => {};
  /** Where the socket's byte counters stood between the last request and the next; NaN where not known. */
  readFrom = 0;
  writtenFrom = 0;
  /** Oldest first, which is the order in which Node.js finishes them. */
  readonly #requests: Http1Request[] = [];
  readonly #onClose: () => void;
  readonly #onRemoveListener: () => void;

  constructor(socket: Socket, server: Server, listener: ConnectionListener) {
    this.socket = socket;
    this.server = server;
    this.scheme = "encrypted" in socket && socket.encrypted === true ? "https" : "http";
    // Named first, as in the client's Http1Request: V8 would put them into old space otherwise.
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

  /** Whether the server goes on after the client's end. */
  get halfOpen(): boolean {
    return "httpAllowHalfOpen" in this.server && this.server.httpAllowHalfOpen === true;
  }

  /** Whether no request is in flight. */
  get isIdle(): boolean {
    return this.#requests.length === 0;
  }

  /** Those whose response is not finished, oldest first. */
  get inFlight(): readonly Http1Request[] {
    return this.#requests;
  }

  /** Leaves nothing of ours on the socket. */
  leave(): void {
    // This one first: it would hear of the other's end.
    this.socket.removeListener("removeListener", this.#onRemoveListener);
    this.socket.removeListener("close", this.#onClose);
  }

  begin(http1: Http1Request): void {
    this.#requests.push(http1);
  }

  /** The request that gets this response; undefined where its begin was not seen. */
  find(response: ServerResponse): Http1Request | undefined {
    return this.#requests.find((served) => served.response === response);
  }

  /** Takes out the request that got this response; undefined where its begin was not seen. */
  finish(response: ServerResponse): Http1Request | undefined {
    const requests = this.#requests;
    // Nearly always there is one, and taking the last one out moves nothing.
    if (requests.length === 1)
      return requests[0]?.response === response ? requests.pop() : undefined;
    if (requests[0]?.response === response) return requests.shift();
    const index = requests.findIndex((served) => served.response === response);
    return index === -1 ? undefined : requests.splice(index, 1)[0];
  }

  /**
   * Notes where the next request and response begin, after one has been finished.
   * @param written the socket's `bytesWritten` by now
   */
  mark(request: IncomingMessage, written: number): void {
    this.writtenFrom = written;
    // What is read by now may be a part of the next request, or the last one's body may still come.
    this.readFrom = this.isIdle && request.complete ? this.socket.bytesRead : Number.NaN;
  }

  /** Takes out every request in flight. */
  abandon(): Http1Request[] {
    return this.#requests.splice(0);
  }
}
