import type { Clock } from "../shared/clock.ts";
import { createReporter } from "../shared/report.ts";

/** A server, as far as its orderly end goes: those of `node:http`, `node:https` and `node:http2` are some. */
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

/** With a TLS server both come, of which the second is the one that its owner has. */
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

  /** Cuts off those that are open. */
  destroyAll(): void {
    for (const known of this.#known) known.deref()?.destroy();
  }

  /** Notes no more connections. */
  forget(): void {
    for (const event of CONNECTED) {
      this.#server.removeListener?.(event, this.#note);
    }
  }
}

/** How often connections are closed on which the last request has ended, in milliseconds. */
const SWEEP_MS = 50;
/** A server whose connections were cut off says that it is closed within this time, or never. */
const CUT_MS = 1_000;

/**
 * Closes the server, and cuts its connections off when the time is up. Never rejects, and settles a second
 * after that at the latest.
 */
export async function closeServer(
  server: DrainableServer,
  connections: Connections,
  clock: Clock,
  timeoutMs: number,
): Promise<void> {
  const timers = new Map<string, () => void>();
  const closed = await new Promise<boolean>((resolve) => {
    // One that is kept alive after its answer would hold the end up until its client closes it.
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
    // An error says that it was closed already.
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
