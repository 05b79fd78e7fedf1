import type { UpDownCounter } from "../../metrics/index.ts";
import type { ClientConnectionLabels } from "../metrics.ts";
import type { Origin } from "./origin.ts";

/** Counts the open connections of clients by their state. */
export class OpenConnections {
  readonly #counter: UpDownCounter<ClientConnectionLabels> | undefined;
  readonly #open = new Set<OpenConnection>();

  /** @param counter undefined if the metric is off */
  constructor(counter: UpDownCounter<ClientConnectionLabels> | undefined) {
    this.#counter = counter;
  }

  /** Counts a new open connection, which is idle. */
  open(origin: Origin): OpenConnection {
    const connection = new OpenConnection(this.#cellsOf(origin), () => {
      this.#open.delete(connection);
    });
    this.#open.add(connection);
    return connection;
  }

  /** Removes every connection from the counts. */
  forget(): void {
    for (const connection of this.#open) connection.close();
  }

  #cellsOf(origin: Origin): NonNullable<Origin["connections"]> {
    if (this.#counter === undefined) return NOTHING;
    if (origin.connections !== undefined) return origin.connections;
    const bind = (state: string): NonNullable<Origin["connections"]>["idle"] =>
      this.#counter!.bind({
        "http.connection.state": state,
        "server.address": origin.address,
        "server.port": origin.port,
        "url.scheme": origin.scheme,
      });
    origin.connections = { active: bind("active"), idle: bind("idle") };
    return origin.connections;
  }
}

const NOTHING = { active: { add(): void {} }, idle: { add(): void {} } };

/** One counted connection. */
export class OpenConnection {
  readonly #cells: NonNullable<Origin["connections"]>;
  readonly #onClose: () => void;
  #inUse = 0;
  #closed = false;

  /** Use {@link OpenConnections.open}. */
  constructor(cells: NonNullable<Origin["connections"]>, onClose: () => void) {
    this.#cells = cells;
    this.#onClose = onClose;
    cells.idle.add(1);
  }

  /** Counts a request that uses the connection. */
  use(): void {
    this.#inUse += 1;
    if (this.#inUse === 1 && !this.#closed) this.#move(-1);
  }

  /** Uncounts a request that used the connection. */
  release(): void {
    this.#inUse -= 1;
    if (this.#inUse === 0 && !this.#closed) this.#move(1);
  }

  /** Removes the connection from the counts, because it closed or is no longer used for HTTP. Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    (this.#inUse > 0 ? this.#cells.active : this.#cells.idle).add(-1);
    this.#onClose();
  }

  /** @param idle 1 to become idle, -1 to become active */
  #move(idle: 1 | -1): void {
    this.#cells.idle.add(idle);
    this.#cells.active.add(-idle);
  }
}
