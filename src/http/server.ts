import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { Connection, type Exchange } from "./connection.ts";
import { type UnfinishedReason, unfinishedReason } from "./ending.ts";
import { WeakList } from "./weak-list.ts";

/** Who is told of the requests that HTTP servers of this process received. */
export interface ServerListener {
  /**
   * A request is over; called once for each.
   * @param unfinished why there is no whole response; undefined where there is one
   */
  ended(exchange: Exchange, connection: Connection, unfinished?: UnfinishedReason): void;
  /** An error was thrown here or in `ended`, and went no further. Must not throw. */
  failed(error: unknown): void;
}

/** What Node.js publishes on the two channels. */
interface ServerMessage {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly socket: Socket;
  readonly server: Server;
}

const STARTED = "http.server.request.start";
const FINISHED = "http.server.response.finish";

/**
 * Follows every request of `node:http` and `node:https` servers from its start to its end, through
 * `diagnostics_channel` and one `close` listener per connection. Upgrade and CONNECT requests that the
 * program takes over are not published by Node.js and so are not seen.
 */
export class ServerObserver {
  readonly #listener: ServerListener;
  #connections = new WeakMap<Socket, Connection>();
  readonly #live = new WeakList<Connection>();
  #running = false;

  constructor(listener: ServerListener) {
    this.#listener = listener;
  }

  /** Begins to follow requests that start from now on. Idempotent. */
  start(): void {
    if (this.#running) return;
    this.#running = true;
    subscribe(STARTED, this.#onStarted);
    subscribe(FINISHED, this.#onFinished);
  }

  /** Forgets the requests in flight, and leaves no listener behind. Idempotent. */
  stop(): void {
    this.#running = false;
    unsubscribe(STARTED, this.#onStarted);
    unsubscribe(FINISHED, this.#onFinished);
    for (const connection of this.#live.drain()) connection.leave();
    this.#connections = new WeakMap();
  }

  // What a subscriber or a listener throws would be an uncaught exception of the program.
  readonly #onStarted = (message: unknown): void => {
    try {
      const { request, response, socket, server } = message as ServerMessage;
      const connection = this.#connections.get(socket) ?? this.#connect(socket, server);
      const method = request.method ?? "";
      connection.begin({ request, response, method, startedAt: performance.now() });
    } catch (error) {
      this.#listener.failed(error);
    }
  };

  readonly #onFinished = (message: unknown): void => {
    try {
      const { response, socket } = message as ServerMessage;
      const connection = this.#connections.get(socket);
      const exchange = connection?.finish(response);
      if (connection === undefined || exchange === undefined) return;
      // Node.js 22 also calls a response finished whose last write failed.
      const reason = socket.errored
        ? unfinishedReason(socket, response, connection.halfOpen)
        : undefined;
      this.#listener.ended(exchange, connection, reason);
    } catch (error) {
      this.#listener.failed(error);
    }
  };

  #connect(socket: Socket, server: Server): Connection {
    const connection = new Connection(socket, server, () => {
      forget();
      this.#onClosed(connection);
    });
    const forget = this.#live.add(connection);
    this.#connections.set(socket, connection);
    return connection;
  }

  #onClosed(connection: Connection): void {
    for (const exchange of connection.abandon()) {
      try {
        const reason = unfinishedReason(connection.socket, exchange.response, connection.halfOpen);
        this.#listener.ended(exchange, connection, reason);
      } catch (error) {
        this.#listener.failed(error);
      }
    }
  }
}
