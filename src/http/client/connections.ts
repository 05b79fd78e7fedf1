import { ClientConnection, type Transport, type TransportEvents } from "./connection.ts";
import type { OpenConnections } from "./open-connections.ts";
import type { Origin } from "./origin.ts";

/** The current connections of one kind of client. */
export class ClientConnections<T extends Transport> {
  readonly #counts: OpenConnections;
  readonly #events: TransportEvents<T>;
  #byTransport = new WeakMap<T, ClientConnection<T>>();
  readonly #all = new Set<ClientConnection<T>>();

  constructor(counts: OpenConnections, events: TransportEvents<T>) {
    this.#counts = counts;
    this.#events = events;
  }

  /** Returns the connection of `transport`, if it is known. */
  get(transport: T): ClientConnection<T> | undefined {
    return this.#byTransport.get(transport);
  }

  /**
   * Returns the connection of `transport`, and observes it until it closes.
   * @param origin its origin, if the connection is new
   */
  of(transport: T, origin: Origin): ClientConnection<T> {
    const known = this.#byTransport.get(transport);
    if (known !== undefined) return known;
    const connection = new ClientConnection(transport, this.#events, origin, this.#counts, () => {
      this.#all.delete(connection);
      this.#byTransport.delete(transport);
    });
    this.#all.add(connection);
    this.#byTransport.set(transport, connection);
    return connection;
  }

  /** Removes all connections from the counts, and our listeners from them. */
  stop(): void {
    for (const connection of this.#all) connection.leave();
    this.#byTransport = new WeakMap();
  }
}
