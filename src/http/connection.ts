import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** A request that a server has received and that has not ended. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** As it came; programs may change the request's own field later. */
  readonly method: string;
  /** `performance.now()` when the header block had been read. */
  readonly startedAt: number;
}

/**
 * One connection to a server with its requests in flight: more than one where the client sends the
 * next request before it has the last response.
 */
export class Connection {
  readonly socket: Socket;
  readonly scheme: "http" | "https";
  /** Whether the server goes on after the client's end. */
  readonly halfOpen: boolean;
  /** Oldest first, which is the order in which Node.js finishes them. */
  readonly #inFlight: Exchange[] = [];
  readonly #onClose: () => void;

  /** @param onClose called once when the socket is closed, unless {@link leave} came first */
  constructor(socket: Socket, server: Server, onClose: () => void) {
    this.socket = socket;
    this.scheme = "encrypted" in socket && socket.encrypted === true ? "https" : "http";
    this.halfOpen = "httpAllowHalfOpen" in server && server.httpAllowHalfOpen === true;
    this.#onClose = onClose;
    socket.on("close", onClose);
  }

  /** Leaves nothing of ours on the socket. */
  leave(): void {
    this.socket.removeListener("close", this.#onClose);
  }

  begin(exchange: Exchange): void {
    this.#inFlight.push(exchange);
  }

  /** Takes out the request that got this response; undefined where its begin was not seen. */
  finish(response: ServerResponse): Exchange | undefined {
    const inFlight = this.#inFlight;
    if (inFlight[0]?.response === response) return inFlight.shift();
    const index = inFlight.findIndex((exchange) => exchange.response === response);
    return index === -1 ? undefined : inFlight.splice(index, 1)[0];
  }

  /** Takes out every request in flight. */
  abandon(): Exchange[] {
    return this.#inFlight.splice(0);
  }
}
