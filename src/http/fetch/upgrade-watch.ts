import type { Socket } from "node:net";
import type { UndiciRequest } from "./messages.ts";
import { parserOf } from "./undici-parser.ts";

/** A request that may take its connection over, with our listener on the socket. */
interface Watched {
  readonly socket: Socket;
  readonly onRemoved: (event: unknown) => void;
}

/** Must not throw. */
type UpgradeListener = (
  request: UndiciRequest,
  socket: Socket,
  /** Undefined where nobody tells it. */
  status: number | undefined,
) => void;

/**
 * Notices when an upgrade or a CONNECT takes its connection over. undici publishes that only from 8.12
 * on; all of them take their listeners off the socket then, and at no other time.
 */
export class UpgradeWatch {
  readonly #onUpgraded: UpgradeListener;
  readonly #watched = new Map<UndiciRequest, Watched>();

  /** @param onUpgraded called once, from within undici, before the program gets the socket */
  constructor(onUpgraded: UpgradeListener) {
    this.#onUpgraded = onUpgraded;
  }

  /** The request goes out on this socket. */
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

  /** The request is over. */
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
