import type { EventEmitter } from "node:events";
import type { OpenConnection, OpenConnections } from "./open-connections.ts";
import type { Origin } from "./origin.ts";

/** A socket, or an HTTP/2 session. */
export interface Transport extends EventEmitter {
  readonly destroyed: boolean;
  /** Undefined for a session, and for a socket that is not a TCP socket. */
  readonly remotePort?: number | undefined;
}

/** The event that ends a handshake. */
export type HandshakeEvent = "connect" | "secureConnect";

/** The events of the connections of one kind of client. */
export interface TransportEvents<T> {
  /** Returns the event that ends the handshake, or undefined if it is over. */
  handshakeOf(transport: T): HandshakeEvent | undefined;
  /** The event that is emitted just before the program takes over the socket. */
  readonly handedOver?: string;
}

/** Returns the event that ends a socket's handshake, or undefined if it is over. */
export function handshakeOf(socket: object): HandshakeEvent | undefined {
  const { connecting, secureConnecting, encrypted } = socket as Readonly<Record<string, unknown>>;
  if (connecting !== true && secureConnecting !== true) return undefined;
  return encrypted === true ? "secureConnect" : "connect";
}

/**
 * A counted connection of a client. It counts as open from the end of its handshake until it closes or is no
 * longer used for HTTP.
 */
export class ClientConnection<T extends Transport> {
  readonly transport: T;
  readonly #origin: Origin;
  readonly #connections: OpenConnections;
  readonly #onLeave: () => void;
  readonly #handedOver: string | undefined;
  /** Undefined until the handshake is over. */
  #open: OpenConnection | undefined;
  #awaited: HandshakeEvent | undefined;
  #inUse = 0;
  #remotePort: number | undefined;

  /** @param onLeave called after our listeners are removed */
  constructor(
    transport: T,
    events: TransportEvents<T>,
    origin: Origin,
    connections: OpenConnections,
    onLeave: () => void,
  ) {
    this.transport = transport;
    this.#origin = origin;
    this.#connections = connections;
    this.#onLeave = onLeave;
    transport.on("close", this.#leave);
    this.#handedOver = events.handedOver;
    if (this.#handedOver !== undefined) transport.on(this.#handedOver, this.#leave);
    const handshake = events.handshakeOf(transport);
    this.#awaited = handshake;
    if (handshake === undefined) this.#onConnected();
    else transport.on(handshake, this.#onConnected);
  }

  /** Whether the handshake is over. */
  get connected(): boolean {
    return this.#open !== undefined;
  }

  /** The remote port. Undefined if the request did not name it and no connection was made. */
  get port(): number | undefined {
    return this.#origin.port ?? this.#remotePort;
  }

  /** Counts a request that uses the connection. */
  use(): void {
    this.#inUse += 1;
    this.#open?.use();
  }

  /** Uncounts a request that used the connection. */
  release(): void {
    this.#inUse -= 1;
    this.#open?.release();
  }

  /** Removes the connection from the counts, and our listeners from it. Idempotent. */
  leave(): void {
    this.transport.removeListener("close", this.#leave);
    if (this.#handedOver !== undefined) {
      this.transport.removeListener(this.#handedOver, this.#leave);
    }
    this.#awaitNothing();
    this.#open?.close();
    this.#onLeave();
  }

  readonly #leave = (): void => this.leave();

  readonly #onConnected = (): void => {
    this.#awaitNothing();
    if (this.#origin.port === undefined) this.#remotePort = this.transport.remotePort;
    this.#open = this.#connections.open(this.#origin);
    for (let request = 0; request < this.#inUse; request++) this.#open.use();
  };

  #awaitNothing(): void {
    if (this.#awaited !== undefined)
      this.transport.removeListener(this.#awaited, this.#onConnected);
    this.#awaited = undefined;
  }
}
