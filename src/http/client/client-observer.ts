import type { ClientRequest, IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { protocolVersion } from "../attributes.ts";
import { Durations } from "../upstream-durations.ts";
import { Channels } from "./channels.ts";
import { handshakeOf } from "./connection.ts";
import { type ClientErrorType, unfinishedType } from "./ending.ts";
import { Flight, type FlightListener, Flights } from "./flights.ts";
import { ClientMeter } from "./client-meter.ts";
import { ClientPool } from "./pool.ts";
import { isEmptyRequest, requestBytes, responseBytes } from "./sizes.ts";
import { Targets } from "./target.ts";
import type { HttpHome } from "../home.ts";
import type { RequestObserver } from "../observer.ts";
import type { DurationsChoice } from "../options.ts";
import type { ClientSettings } from "../settings.ts";

const UPSTREAM = {
  meter: "@opentelemetry/instrumentation-http",
  metric: "http.client.request.duration",
};

interface RequestMessage {
  readonly request: ClientRequest;
}

interface ErrorMessage extends RequestMessage {
  readonly error: unknown;
}

/**
 * Follows every request of `node:http` and `node:https` clients, through `diagnostics_channel` and
 * listeners for `socket` and `close` on the request, and for `close` on its connection.
 */
export class ClientObserver implements RequestObserver {
  readonly #meter: ClientMeter;
  readonly #targets: Targets;
  readonly #pool: ClientPool<Socket>;
  readonly #flights = new Flights();
  /** What requests failed with, until they close. */
  readonly #errors = new WeakMap<ClientRequest, { readonly error: unknown }>();
  readonly #listener: FlightListener;
  readonly #channels: Channels;

  constructor(home: HttpHome, settings: ClientSettings, durations: DurationsChoice) {
    this.#meter = new ClientMeter(
      "client",
      home,
      settings,
      new Durations(durations, UPSTREAM, () => home.provider),
    );
    this.#pool = new ClientPool<Socket>(this.#meter.connections, handshakeOf);
    this.#targets = new Targets(this.#meter.origins);
    this.#channels = new Channels(
      {
        "http.client.request.created": ({ request }: RequestMessage) => this.#onCreated(request),
        "http.client.request.error": (message: ErrorMessage) => this.#onFailed(message),
      },
      (error) => this.#meter.failed(error),
    );
    this.#listener = {
      assigned: (flight, socket) => this.#assigned(flight, socket),
      closed: (flight) => this.#over(flight),
    };
  }

  start(): void {
    this.#channels.open();
  }

  stop(): void {
    this.#channels.close();
    for (const flight of this.#flights.drain()) flight.leave();
    this.#pool.stop();
    this.#meter.forget();
  }

  #onCreated(request: ClientRequest): void {
    const { method, host, path } = request;
    const call = this.#meter.begin(method, this.#targets.originOf(request), host, path);
    if (call === undefined) return;
    this.#meter.activate(call);
    this.#flights.add(new Flight(request, method, call, this.#listener));
  }

  #onFailed({ request, error }: ErrorMessage): void {
    this.#errors.set(request, { error });
    // Nothing closes a request whose `createConnection` failed: this is all that is said of it.
    if (agentOf(request) || request.socket) return;
    const flight = this.#flights.find(request);
    if (flight !== undefined) this.#over(flight);
  }

  #assigned(flight: Flight, socket: Socket): void {
    try {
      flight.readFrom = socket.bytesRead;
      if (!isEmptyRequest(flight.request)) flight.writtenFrom = socket.bytesWritten;
      flight.connection = this.#pool.of(socket, flight.call.origin);
      flight.connection.use();
      // Only a program that listens for it gives a request up because of it.
      if (flight.request.listenerCount("timeout") > 0) flight.watchTimeout();
    } catch (error) {
      this.#meter.failed(error);
    }
  }

  #over(flight: Flight): void {
    this.#flights.remove(flight);
    try {
      flight.leave();
      this.#record(flight);
    } catch (error) {
      this.#meter.deactivate(flight.call);
      this.#meter.failed(error);
    }
    const { connection, request } = flight;
    // The end of a socket that is destroyed is still to come, and takes the connection out.
    if (connection === undefined || connection.link.destroyed) return;
    // What was upgraded is the program's own, and no connection of HTTP.
    if (responseOf(request)?.upgrade === true && isUpgraded(request)) connection.leave();
    else connection.release();
  }

  #record(flight: Flight): void {
    const { request, call, method, connection, readFrom, writtenFrom } = flight;
    const response = responseOf(request);
    const upgraded = response?.upgrade === true && isUpgraded(request);
    const whole = upgraded || response?.complete === true;
    let unfinished: ClientErrorType | undefined;
    if (!whole) {
      unfinished = unfinishedType(request, this.#errors.get(request)?.error);
      if (unfinished === "aborted" && flight.timedOut) {
        unfinished = connection?.connected === true ? "timeout" : "connect_timeout";
      }
    }
    const socket = connection?.connected === true ? connection.link : undefined;
    this.#meter.end(
      call,
      response?.statusCode,
      protocolVersion(response?.httpVersion),
      unfinished,
      upgraded ? 0 : requestBytes(request, writtenFrom, socket),
      response && responseBytes(method, response, whole, readFrom, socket),
      request,
      this.#meter.origins.atPort(call.origin, connection?.port),
    );
  }
}

/** A response, and whether it is the last that its connection has of HTTP: old, and not documented. */
type Response = IncomingMessage & { readonly upgrade?: boolean | null };

/** The response so far. Not documented, and there since the first release. */
function responseOf(request: ClientRequest): Response | undefined {
  return (request as { readonly res?: Response | null }).res ?? undefined;
}

function agentOf(request: ClientRequest): unknown {
  return (request as { readonly agent?: unknown }).agent;
}

function isUpgraded(request: ClientRequest): boolean {
  return (request as { readonly upgradeOrConnect?: boolean }).upgradeOrConnect === true;
}
