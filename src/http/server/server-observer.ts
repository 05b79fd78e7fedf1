import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { writtenBytes } from "./body-size.ts";
import { Connection, type ConnectionListener, type Http1Request } from "./connection.ts";
import { type UnfinishedReason, unfinishedReason } from "./unfinished-reason.ts";
import { Http1Outcome } from "./http1-outcome.ts";
import type { ResponseObserver } from "../observer.ts";
import { readsHttp, refusalOf } from "./parser.ts";
import { routed, routeOf, unrouted } from "../routes/route.ts";
import type { ServerMetrics } from "./server-metrics.ts";
import { WeakList } from "../weak-list.ts";

/** The message that Node.js publishes for a request and its response. */
interface ServerMessage {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly socket: Socket;
  readonly server: Server;
}

const ACCEPTED = "net.server.socket";
const STARTED = "http.server.request.start";
const FINISHED = "http.server.response.finish";

/** The response of an upgraded connection. The program writes it itself, so we do not know it. */
const UNKNOWN_RESPONSE = { statusCode: 0, getHeader: (): undefined => undefined };

/**
 * Observes every request of `node:http` and `node:https` servers from its start to its end, through
 * `diagnostics_channel` and two listeners per connection. A server with TLS also gets a listener for
 * `secureConnection`, and a server that gets its connections from the program one for `connection`.
 */
export class ServerObserver implements ResponseObserver {
  readonly #metrics: ServerMetrics;
  readonly #listener: ConnectionListener;
  #connections = new WeakMap<Socket, Connection>();
  readonly #live = new WeakList<Connection>();
  #knownServers = new WeakSet<Server>();
  readonly #liveServers = new WeakList<Server>();
  #running = false;

  constructor(metrics: ServerMetrics) {
    this.#metrics = metrics;
    this.#listener = {
      closed: (connection) => this.#onClosed(connection),
      takenOver: (connection, request) => this.#onTakenOver(connection, request),
    };
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    subscribe(ACCEPTED, this.#onAccepted);
    subscribe(STARTED, this.#onStarted);
    subscribe(FINISHED, this.#onFinished);
  }

  settle(response: ServerResponse): void {
    try {
      const { socket } = response;
      const connection = socket === null ? undefined : this.#connections.get(socket);
      const http1 = connection?.find(response);
      if (connection === undefined || http1?.measured === undefined) return;
      if (http1.isSettled) return;
      http1.isSettled = true;
      const { measured } = http1;
      const written = writtenBytes(connection.socket);
      const outcome = new Http1Outcome(http1, measured, connection, undefined, written);
      this.#metrics.settle(measured, outcome);
    } catch (error) {
      this.#metrics.failed(error);
    }
  }

  stop(): void {
    this.#running = false;
    unsubscribe(ACCEPTED, this.#onAccepted);
    unsubscribe(STARTED, this.#onStarted);
    unsubscribe(FINISHED, this.#onFinished);
    for (const server of this.#liveServers.drain()) {
      server.removeListener("connection", this.#onConnection);
      server.removeListener("secureConnection", this.#onConnection);
    }
    this.#knownServers = new WeakSet();
    for (const connection of this.#live.drain()) {
      connection.leave();
      for (const http1 of connection.abandon()) {
        unrouted(http1);
        if (http1.measured !== undefined) this.#metrics.forget(http1.measured);
      }
    }
    this.#connections = new WeakMap();
  }

  // An error of a subscriber or listener would be an uncaught exception of the program.
  readonly #onAccepted = (message: unknown): void => {
    try {
      const { socket } = message as ServerMessage;
      const { server } = socket as Socket & { readonly server?: Server };
      // All HTTP servers have this field, in every class.
      if (server === undefined || !("httpAllowHalfOpen" in server)) return;
      if (readsHttp(socket)) this.#connect(socket, server);
      // A TLS connection uses HTTP later, on another socket.
      else this.#listen(server, "secureConnection");
    } catch (error) {
      this.#metrics.failed(error);
    }
  };

  readonly #onConnection = (socket: Socket): void => {
    try {
      this.#follow(socket);
    } catch (error) {
      this.#metrics.failed(error);
    }
  };

  readonly #onStarted = (message: unknown): void => {
    try {
      const { request, response, socket, server } = message as ServerMessage;
      const connection = this.#connections.get(socket) ?? this.#joinLate(socket, server);
      const readFrom = connection.isIdle ? connection.readFrom : Number.NaN;
      const measured = this.#metrics.begin(request, connection.scheme);
      const http1 = { request, response, measured, readFrom, route: undefined, isSettled: false };
      connection.begin(http1);
      routed(http1);
    } catch (error) {
      this.#metrics.failed(error);
    }
  };

  readonly #onFinished = (message: unknown): void => {
    try {
      const { response, socket } = message as ServerMessage;
      const connection = this.#connections.get(socket);
      const http1 = connection?.finish(response);
      if (connection === undefined || http1 === undefined) return;
      // Node.js 22 also publishes a response as finished if its last write failed.
      const reason = socket.errored
        ? unfinishedReason(socket, response, connection.halfOpen)
        : undefined;
      const written = writtenBytes(socket);
      try {
        this.#end(http1, connection, reason, written);
      } finally {
        connection.mark(http1.request, written);
      }
    } catch (error) {
      this.#metrics.failed(error);
    }
  };

  #connect(socket: Socket, server: Server): Connection {
    const connection = new Connection(socket, server, this.#listener);
    connection.forget = this.#live.add(connection);
    this.#connections.set(socket, connection);
    return connection;
  }

  /** Adds a connection whose earlier requests were not observed, so that its counters are unknown. */
  #joinLate(socket: Socket, server: Server): Connection {
    const connection = this.#connect(socket, server);
    connection.readFrom = connection.writtenFrom = Number.NaN;
    // Connections that the program passes to a server are visible only on that server.
    if (!server.listening) {
      this.#listen(server, connection.scheme === "https" ? "secureConnection" : "connection");
    }
    return connection;
  }

  /** Observes a socket before its first request, if a server reads HTTP from it. */
  #follow(socket: Socket): void {
    const { server } = socket as Socket & { readonly server?: Server };
    if (server === undefined || !readsHttp(socket) || this.#connections.has(socket)) return;
    if (socket.bytesWritten === 0) {
      this.#connect(socket, server);
      return;
    }
    // The socket was used for something else, whose last bytes may have come with the first bytes of HTTP.
    const connection = this.#joinLate(socket, server);
    connection.writtenFrom = socket.bytesWritten;
  }

  #forget(connection: Connection): void {
    connection.forget();
    this.#connections.delete(connection.socket);
  }

  /**
   * Waits for the earlier responses of a pipelining client, on a connection that the program has taken over.
   */
  #awaitEarlier(connection: Connection): void {
    for (const { response } of connection.inFlight) {
      response.once("close", () => {
        const http1 = connection.finish(response);
        if (http1 !== undefined) this.#endUnfinished(http1, connection);
        if (connection.isIdle) this.#forget(connection);
      });
    }
  }

  #listen(server: Server, event: "connection" | "secureConnection"): void {
    if (this.#knownServers.has(server)) return;
    this.#knownServers.add(server);
    this.#liveServers.add(server);
    server.on(event, this.#onConnection);
  }

  /** Records a finished request. If it was recorded before, only stops counting it as active. */
  #end(
    http1: Http1Request,
    connection: Connection,
    unfinished: UnfinishedReason | undefined,
    written: number,
  ): void {
    unrouted(http1);
    const { measured } = http1;
    if (measured === undefined) return;
    if (http1.isSettled) this.#metrics.forget(measured);
    else {
      const outcome = new Http1Outcome(http1, measured, connection, unfinished, written);
      this.#metrics.end(measured, outcome);
    }
  }

  #onClosed(connection: Connection): void {
    connection.forget();
    // If a request is in progress, the close is its end.
    if (connection.isIdle) this.#onIdleClosed(connection);
    for (const http1 of connection.abandon()) this.#endUnfinished(http1, connection);
  }

  #endUnfinished(http1: Http1Request, connection: Connection): void {
    try {
      const { socket, halfOpen } = connection;
      const reason = unfinishedReason(socket, http1.response, halfOpen);
      this.#end(http1, connection, reason, writtenBytes(socket));
    } catch (error) {
      this.#metrics.failed(error);
    }
  }

  #onIdleClosed(connection: Connection): void {
    try {
      const refusal = refusalOf(connection);
      if (refusal === undefined) return;
      const { status, reason, durationMs } = refusal;
      this.#metrics.refused(connection.scheme, status, reason, durationMs);
    } catch (error) {
      this.#metrics.failed(error);
    }
  }

  /** Ends the upgrade request when the program has the connection, which is at once. */
  #onTakenOver(connection: Connection, request: IncomingMessage): void {
    const { socket } = connection;
    if (connection.isIdle) this.#forget(connection);
    else this.#awaitEarlier(connection);
    // The program may pass the socket to another server, as a proxy that inspects tunnels does.
    process.nextTick(() => {
      if (this.#running) this.#onConnection(socket);
    });
    try {
      const measured = this.#metrics.begin(request, connection.scheme);
      if (measured === undefined) return;
      const refused =
        request.method === "CONNECT" && connection.server.listenerCount("connect") === 0;
      this.#metrics.end(measured, {
        response: UNKNOWN_RESPONSE,
        protocolVersion: request.httpVersion,
        status: undefined,
        // Node.js closes the connection if nobody handles CONNECT.
        unfinished: refused ? "server_aborted" : undefined,
        route: routeOf(request),
        requestBytes: measured.declared,
        responseBytes: undefined,
      });
    } catch (error) {
      this.#metrics.failed(error);
    }
  }
}
