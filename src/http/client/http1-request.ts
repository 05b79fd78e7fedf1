import type { ClientRequest } from "node:http";
import type { Socket } from "node:net";
import type { ClientConnection } from "./connection.ts";
import type { MeasuredRequest } from "./measured-request.ts";

/** Listens to requests of `node:http`. The methods must not throw. */
export interface Http1RequestListener {
  /** The request got a socket, which may not be connected yet. */
  assigned(http1: Http1Request, socket: Socket): void;
  /** The request is over. */
  closed(http1: Http1Request): void;
}

/** A request of `node:http`, with our listeners on it. */
export class Http1Request {
  readonly request: ClientRequest;
  readonly measured: MeasuredRequest;
  /** The method at the start. The program may change the request's field later. */
  readonly method: string;
  connection: ClientConnection<Socket> | undefined;
  /** The socket's counters when it was given to the request. */
  readFrom: number | undefined;
  writtenFrom: number | undefined;
  timedOut = false;
  previous: Http1Request | undefined;
  next: Http1Request | undefined;
  readonly #onSocket: (socket: Socket) => void;
  readonly #onClose: () => void;
  #onTimeout: (() => void) | undefined;

  constructor(
    request: ClientRequest,
    method: string,
    measured: MeasuredRequest,
    listener: Http1RequestListener,
  ) {
    this.request = request;
    this.method = method;
    this.measured = measured;
    // V8 puts a function into old space if it is created in an assignment to a property. There it keeps alive
    // all that it refers to, until the next full collection. So these are named first.
    const onSocket = (socket: Socket): void => listener.assigned(this, socket);
    const onClose = (): void => listener.closed(this);
    this.#onSocket = onSocket;
    this.#onClose = onClose;
    request.on("socket", onSocket);
    request.on("close", onClose);
  }

  /** Observes the idle timeout of the request from now on. */
  watchTimeout(): void {
    const onTimeout = (): void => {
      this.timedOut = true;
    };
    this.#onTimeout = onTimeout;
    this.request.on("timeout", onTimeout);
  }

  /** Removes our listeners from the request. */
  leave(): void {
    const { request } = this;
    request.removeListener("socket", this.#onSocket);
    request.removeListener("close", this.#onClose);
    if (this.#onTimeout !== undefined) request.removeListener("timeout", this.#onTimeout);
  }
}

/**
 * The requests in progress, as a linked list. A map by request would cost more than everything else that is
 * done for a request: for V8 it is expensive to give such a large object a hash.
 */
export class Http1Requests {
  #first: Http1Request | undefined;

  add(http1: Http1Request): void {
    const next = this.#first;
    http1.next = next;
    if (next !== undefined) next.previous = http1;
    this.#first = http1;
  }

  /** Removes a request, which must be in the list. */
  remove(http1: Http1Request): void {
    const { previous, next } = http1;
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next !== undefined) next.previous = previous;
    http1.previous = undefined;
    http1.next = undefined;
  }

  /** Removes all requests and returns them, the latest first. */
  drain(): Http1Request[] {
    const all: Http1Request[] = [];
    for (let http1 = this.#first; http1 !== undefined; http1 = this.#first) {
      this.remove(http1);
      all.push(http1);
    }
    return all;
  }

  /** Searches all requests. */
  find(request: ClientRequest): Http1Request | undefined {
    let http1 = this.#first;
    while (http1 !== undefined && http1.request !== request) http1 = http1.next;
    return http1;
  }
}
