import type { Socket } from "node:net";
import type { UndiciRequest } from "./messages.ts";
import { parserOf } from "./undici-parser.ts";

/** A request that may take over its connection, with our listener on the socket. */
interface Watched {
  readonly socket: Socket;
  readonly onRemoved: (event: unknown) => void;
}

/** Must not throw. */
type UpgradeListener = (
  request: UndiciRequest,
  socket: Socket,
  /** Undefined if unknown. */
  status: number | undefined,
) => void;

/**
 * Notices when an upgrade or a CONNECT takes over its connection. undici publishes this only since 8.12. But
 * every version then removes its listeners from the socket, and never at another time.
 */
export class UpgradeWatch {
  readonly #onUpgraded: UpgradeListener;
  readonly #watched = new Map<UndiciRequest, Watched>();

  /** @param onUpgraded called once, from within undici, before the program gets the socket */
  constructor(onUpgraded: UpgradeListener) {
    this.#onUpgraded = onUpgraded;
  }

  /** Watches the socket on which the request is sent. */
  watch(request: UndiciRequest, socket: Socket): void {
    this.unwatch(request);
    const parser = parserOf(socket);
    const onRemoved = (event: unknown): void => {
      if (event !== "end") return;
      this.unwatch(request);
      if (!socket.destroyed) this.#onUpgraded(request, socket, parser?.status());
    };
    socket.on("removeListener", onRemoved);
    this.#watched.set(request, { socket, onRemoved });
  }

  /** Stops watching, because the request is over. */
  unwatch(request: UndiciRequest): void {
    const watched = this.#watched.get(request);
    if (watched === undefined) return;
    this.#watched.delete(request);
    watched.socket.removeListener("removeListener", watched.onRemoved);
  }

  stop(): void {
    for (const request of this.#watched.keys()) this.unwatch(request);
  }
}
