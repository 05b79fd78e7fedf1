import type { Clock } from "../shared/clock.ts";
import { createReporter } from "../shared/report.ts";

/** A server that can be closed gracefully, for example of `node:http`, `node:https` or `node:http2`. */
export interface DrainableServer {
  close(callback: (error?: Error) => void): unknown;
  closeIdleConnections?(): void;
  closeAllConnections?(): void;
  on?(event: string, listener: (socket: Connection) => void): unknown;
  removeListener?(event: string, listener: (socket: Connection) => void): unknown;
}

/** A connection of a server: a socket. */
export interface Connection {
  readonly destroyed: boolean;
  destroy(): unknown;
}

/** A TLS server emits both; its owner sees the socket of the second. */
const CONNECTED = ["connection", "secureConnection"];

/**
 * Tracks all new connections of a server, including upgraded ones, which the server itself forgets. Adds no
 * listener to them.
 */
export class Connections {
  readonly #server: DrainableServer;
  #known: WeakRef<Connection>[] = [];
  #pruneAt = 100;
  readonly #note = (socket: Connection): void => {
    this.#known.push(new WeakRef(socket));
    if (this.#known.length < this.#pruneAt) return;
    this.#known = this.#known.filter((known) => known.deref()?.destroyed === false);
    this.#pruneAt = Math.max(100, 2 * this.#known.length);
  };

  constructor(server: DrainableServer) {
    this.#server = server;
    for (const event of CONNECTED) server.on?.(event, this.#note);
  }

  /** Destroys all open connections. */
  destroyAll(): void {
    for (const known of this.#known) known.deref()?.destroy();
  }

  /** Stops tracking new connections. */
  forget(): void {
    for (const event of CONNECTED) {
      this.#server.removeListener?.(event, this.#note);
    }
  }
}

/** How often we close idle connections, in milliseconds. */
const SWEEP_MS = 50;
/** How long we wait for the server to close after its connections were cut, in milliseconds. */
const CUT_MS = 1_000;

/**
 * Closes the server, and cuts its connections after `timeoutMs`. Never rejects, and settles at most a second later.
 */
export async function closeServer(
  server: DrainableServer,
  connections: Connections,
  clock: Clock,
  timeoutMs: number,
): Promise<void> {
  const timers = new Map<string, () => void>();
  const closed = await new Promise<boolean>((resolve) => {
    // An idle keep-alive connection would delay the end until its client closes it.
    const sweep = (): void => {
      server.closeIdleConnections?.();
      timers.set("sweep", clock.after(SWEEP_MS, sweep));
    };
    const cut = (): void => {
      server.closeAllConnections?.();
      connections.destroyAll();
      timers.set(
        "give up",
        clock.after(CUT_MS, () => resolve(false)),
      );
    };
    timers.set("cut", clock.after(timeoutMs, cut));
    // An error means that the server was already closed.
    server.close(() => resolve(true));
    sweep();
  });
  for (const cancel of timers.values()) cancel();
  connections.forget();
  if (closed) return;
  createReporter("health").warnOnce(
    "connections",
    "Some connections of the server could not be closed; the shutdown continues. Call drainable() " +
      "before the server listens, so that it knows all connections",
  );
}
