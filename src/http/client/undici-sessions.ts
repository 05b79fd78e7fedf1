import type { ClientHttp2Session } from "node:http2";
import { Channels } from "./channels.ts";

/** The parts of a socket that we can read through a session, to compare sockets. */
interface SocketParts {
  readonly alpnProtocol?: unknown;
  readonly _readableState?: object;
}

/**
 * Recognizes the HTTP/2 sessions of undici. Their requests are also published on undici's channels and must
 * not count twice.
 */
export class UndiciSessions {
  readonly #channels: Channels;
  #sockets = new WeakSet<object>();
  #sessions = new WeakMap<ClientHttp2Session, boolean>();

  /** @param failed takes errors of our listeners */
  constructor(failed: (error: unknown) => void) {
    const onSocket = ({ socket }: { readonly socket: SocketParts }): void => this.#onSocket(socket);
    // undici publishes its sockets on these channels: before the first request, and before each request.
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

/**
 * Reads the state through the session's proxy, because a session never shows the socket itself. Undefined if
 * the socket is gone.
 */
function readableStateOf(session: ClientHttp2Session): object | undefined {
  try {
    const { _readableState } = session.socket as SocketParts;
    return _readableState;
  } catch {
    return undefined;
  }
}
