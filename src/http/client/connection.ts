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

/** What a kind of client tells by the events of its connections. */
export interface TransportEvents<T> {
  /** The event that ends its handshake; undefined where that is over. */
  handshakeOf(transport: T): HandshakeEvent | undefined;
  /** The event at which it leaves a socket to the program, before the program gets it. */
  readonly handedOver?: string;
}

/** The event that ends a socket's handshake; undefined where that is over. */
export function handshakeOf(socket: object): HandshakeEvent | undefined {
  const { connecting, secureConnecting, encrypted } = socket as Readonly<Record<string, unknown>>;
  if (connecting !== true && secureConnecting !== true) return undefined;
  return encrypted === true ? "secureConnect" : "connect";
}

/**
 * The connection of a client in the counts: open from the end of its handshake to its close, or until
 * it serves something else than HTTP.
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

  /**
   * @param onLeave called when nothing of ours is on it any more
   */
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

  /** Whether its handshake is over. */
  get connected(): boolean {
    return this.#open !== undefined;
  }

  /** The port that it goes to; undefined where nobody said it, and no connection came about. */
  get port(): number | undefined {
    return this.#origin.port ?? this.#remotePort;
  }

  /** A request uses it. */
  use(): void {
    this.#inUse += 1;
    this.#open?.use();
  }

  /** A request that used it is over. */
  release(): void {
    this.#inUse -= 1;
    this.#open?.release();
  }

  /** Takes it out of the counts, and everything of ours off it. Idempotent. */
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
