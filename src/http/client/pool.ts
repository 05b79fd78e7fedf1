import { ClientConnection, type HandshakeEvent, type Link } from "./connection.ts";
import type { OpenConnections } from "./open-connections.ts";
import type { Origin } from "./origin.ts";

/** The connections that a kind of client has now. */
export class ClientPool<L extends Link> {
  readonly #counts: OpenConnections;
  readonly #handshakeOf: (link: L) => HandshakeEvent | undefined;
  #byLink = new WeakMap<L, ClientConnection<L>>();
  readonly #all = new Set<ClientConnection<L>>();

  constructor(counts: OpenConnections, handshakeOf: (link: L) => HandshakeEvent | undefined) {
    this.#counts = counts;
    this.#handshakeOf = handshakeOf;
  }

  /** The connection over `link`, if it is known. */
  get(link: L): ClientConnection<L> | undefined {
    return this.#byLink.get(link);
  }

  /**
   * The connection over `link`, which is followed to its close from now on.
   * @param origin where it goes, unless that is known already
   */
  of(link: L, origin: Origin): ClientConnection<L> {
    const known = this.#byLink.get(link);
    if (known !== undefined) return known;
    const connection = new ClientConnection(
      link,
      this.#handshakeOf(link),
      origin,
      this.#counts,
      () => {
        this.#all.delete(connection);
        this.#byLink.delete(link);
      },
    );
    this.#all.add(connection);
    this.#byLink.set(link, connection);
    return connection;
  }

  /** Takes all connections out of the counts, and leaves nothing of ours on them. */
  stop(): void {
    for (const connection of this.#all) connection.leave();
    this.#byLink = new WeakMap();
  }
}
