import type { ClientRequest } from "node:http";
import type { Socket } from "node:net";
import type { ClientConnection } from "./connection.ts";
import type { ClientCall } from "./client-meter.ts";

/** Who follows requests in flight. Neither may throw. */
export interface FlightListener {
  /** The request was given a socket, which may not be connected yet. */
  assigned(flight: Flight, socket: Socket): void;
  /** The request is over. */
  closed(flight: Flight): void;
}

/** A request of `node:http` in flight, with our listeners on it. */
export class Flight {
  readonly request: ClientRequest;
  readonly call: ClientCall;
  /** As it was made; programs may change the request's own field later. */
  readonly method: string;
  connection: ClientConnection<Socket> | undefined;
  /** The socket's counters when it was given to the request. */
  readFrom: number | undefined;
  writtenFrom: number | undefined;
  timedOut = false;
  previous: Flight | undefined;
  next: Flight | undefined;
  readonly #onSocket: (socket: Socket) => void;
  readonly #onClose: () => void;
  #onTimeout: (() => void) | undefined;

  constructor(request: ClientRequest, method: string, call: ClientCall, listener: FlightListener) {
    this.request = request;
    this.method = method;
    this.call = call;
    this.#onSocket = (socket) => listener.assigned(this, socket);
    this.#onClose = () => listener.closed(this);
    request.on("socket", this.#onSocket);
    request.on("close", this.#onClose);
  }

  /** Notes from now on that the request's idle time is over. */
  watchTimeout(): void {
    this.#onTimeout = () => {
      this.timedOut = true;
    };
    this.request.on("timeout", this.#onTimeout);
  }

  /** Leaves nothing of ours on the request. */
  leave(): void {
    const { request } = this;
    request.removeListener("socket", this.#onSocket);
    request.removeListener("close", this.#onClose);
    if (this.#onTimeout !== undefined) request.removeListener("timeout", this.#onTimeout);
  }
}

/**
 * The requests in flight, linked with each other. A map by request would cost each of them more than
 * all the rest of what is done for it: V8 gives an object as large as a request a hash dearly.
 */
export class Flights {
  #first: Flight | undefined;

  add(flight: Flight): void {
    const next = this.#first;
    flight.next = next;
    if (next !== undefined) next.previous = flight;
    this.#first = flight;
  }

  /** Takes out a flight that is in. */
  remove(flight: Flight): void {
    const { previous, next } = flight;
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next !== undefined) next.previous = previous;
    flight.previous = undefined;
    flight.next = undefined;
  }

  /** Takes all out and returns them, the latest first. */
  drain(): Flight[] {
    const all: Flight[] = [];
    for (let flight = this.#first; flight !== undefined; flight = this.#first) {
      this.remove(flight);
      all.push(flight);
    }
    return all;
  }

  /** Looks through all of them. */
  find(request: ClientRequest): Flight | undefined {
    let flight = this.#first;
    while (flight !== undefined && flight.request !== request) flight = flight.next;
    return flight;
  }
}
