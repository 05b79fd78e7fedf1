import type { ClientHttp2Session } from "node:http2";
import { Channels } from "./channels.ts";

/** A socket of Node.js, by the part of it that a session lets one compare. */
interface SocketParts {
  readonly alpnProtocol?: unknown;
  readonly _readableState?: object;
}

/**
 * Knows the HTTP/2 sessions of undici, whose requests are published on its own channels too and must
 * not count twice.
 */
export class UndiciSessions {
  readonly #channels: Channels;
  #sockets = new WeakSet<object>();
  #sessions = new WeakMap<ClientHttp2Session, boolean>();

  /** @param failed takes what is thrown here */
  constructor(failed: (error: unknown) => void) {
    const onSocket = ({ socket }: { readonly socket: SocketParts }): void => this.#onSocket(socket);
    // On these undici shows its sockets: before the first request, and before each.
    this.#channels = new Channels(
      { "undici:client:connected": onSocket, "undici:client:sendHeaders": onSocket },
      failed,
    );
  }

  /** Idempotent. */
  start(): void {
    this.#channels.open();
  }

  /** Idempotent. */
  stop(): void {
    this.#channels.close();
    this.#sockets = new WeakSet();
    this.#sessions = new WeakMap();
  }

  /** Whether the session is one of undici's. */
  owns(session: ClientHttp2Session): boolean {
    const known = this.#sessions.get(session);
    if (known !== undefined) return known;
    const key = readableStateOf(session);
    const owned = key !== undefined && this.#sockets.has(key);
    this.#sessions.set(session, owned);
    return owned;
  }

  #onSocket({ alpnProtocol, _readableState }: SocketParts): void {
    if (alpnProtocol === "h2" && _readableState !== undefined) this.#sockets.add(_readableState);
  }
}

/** A session shows its socket through a proxy, never the socket itself; and none once it is gone. */
function readableStateOf(session: ClientHttp2Session): object | undefined {
  try {
    const { _readableState } = session.socket as SocketParts;
    return _readableState;
  } catch {
    return undefined;
  }
}
