import { ClientConnection, type Transport, type TransportEvents } from "./connection.ts";
import type { OpenConnections } from "./open-connections.ts";
import type { Origin } from "./origin.ts";

/** The connections that a kind of client has now. */
export class ClientConnections<T extends Transport> {
  readonly #counts: OpenConnections;
  readonly #events: TransportEvents<T>;
  #byTransport = new WeakMap<T, ClientConnection<T>>();
  readonly #all = new Set<ClientConnection<T>>();

  constructor(counts: OpenConnections, events: TransportEvents<T>) {
    this.#counts = counts;
    this.#events = events;
  }

  /** The connection over `transport`, if it is known. */
  get(transport: T): ClientConnection<T> | undefined {
    return this.#byTransport.get(transport);
  }

  /**
   * The connection over `transport`, which is followed to its close from now on.
   * @param origin where it goes, unless that is known already
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

  /** Takes all connections out of the counts, and leaves nothing of ours on them. */
  stop(): void {
    for (const connection of this.#all) connection.leave();
    this.#byTransport = new WeakMap();
  }
}
