import type { ClientRequest, IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { protocolVersion } from "../attributes.ts";
import { Durations } from "../upstream-durations.ts";
import { Channels } from "./channels.ts";
import { handshakeOf } from "./connection.ts";
import { type ClientErrorType, declinedOr, unfinishedType } from "./client-error-type.ts";
import { Http1Request, type Http1RequestListener, Http1Requests } from "./http1-request.ts";
import { ClientMeter } from "./client-meter.ts";
import { ClientConnections } from "./connections.ts";
import { isEmptyRequest, requestBytes, responseBytes } from "./sizes.ts";
import { RequestOrigins } from "./request-origin.ts";
import type { HttpTelemetry } from "../telemetry.ts";
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
  readonly #origins: RequestOrigins;
  readonly #connections: ClientConnections<Socket>;
  readonly #requests = new Http1Requests();
  /** The errors of failed requests, until they close. */
  readonly #errors = new WeakMap<ClientRequest, { readonly error: unknown }>();
  readonly #listener: Http1RequestListener;
  readonly #channels: Channels;

  constructor(telemetry: HttpTelemetry, settings: ClientSettings, durations: DurationsChoice) {
    this.#meter = new ClientMeter(
      "client",
      telemetry,
      settings,
      new Durations(durations, UPSTREAM, () => telemetry.provider),
    );
    this.#connections = new ClientConnections<Socket>(this.#meter.connections, {
      handshakeOf,
      // Node.js emits this for the agent, also if there is no agent.
      handedOver: "agentRemove",
    });
    this.#origins = new RequestOrigins(this.#meter.origins);
    this.#channels = new Channels(
      {
        "http.client.request.created": ({ request }: RequestMessage) => this.#onCreated(request),
        "http.client.request.error": (message: ErrorMessage) => this.#onFailed(message),
      },
      (error) => this.#meter.failed(error),
    );
    this.#listener = {
      assigned: (http1, socket) => this.#assigned(http1, socket),
      closed: (http1) => this.#over(http1),
    };
  }

  start(): void {
    this.#channels.open();
  }

  stop(): void {
    this.#channels.close();
    for (const http1 of this.#requests.drain()) http1.leave();
    this.#connections.stop();
    this.#meter.forget();
  }

  #onCreated(request: ClientRequest): void {
    const { method, host, path } = request;
    const measured = this.#meter.begin(method, this.#origins.originOf(request), host, path);
    if (measured === undefined) return;
    this.#meter.activate(measured);
    this.#requests.add(new Http1Request(request, method, measured, this.#listener));
  }

  #onFailed({ request, error }: ErrorMessage): void {
    this.#errors.set(request, { error });
    // A request whose `createConnection` failed is never closed, so this is its end.
    if (agentOf(request) || request.socket) return;
    const http1 = this.#requests.find(request);
    if (http1 !== undefined) this.#over(http1);
  }

  #assigned(http1: Http1Request, socket: Socket): void {
    try {
      http1.readFrom = socket.bytesRead;
      if (!isEmptyRequest(http1.request)) http1.writtenFrom = socket.bytesWritten;
      http1.connection = this.#connections.of(socket, http1.measured.origin);
      http1.connection.use();
      // A timeout ends a request only if the program listens for it.
      if (http1.request.listenerCount("timeout") > 0) http1.watchTimeout();
    } catch (error) {
      this.#meter.failed(error);
    }
  }

  #over(http1: Http1Request): void {
    this.#requests.remove(http1);
    try {
      http1.leave();
      this.#record(http1);
    } catch (error) {
      this.#meter.deactivate(http1.measured);
      this.#meter.failed(error);
    }
    const { connection, request } = http1;
    // The "close" of a destroyed socket comes later and removes the connection.
    if (connection === undefined || connection.transport.destroyed) return;
    // An upgraded connection belongs to the program and is no longer HTTP.
    if (responseOf(request)?.upgrade === true && isUpgraded(request)) connection.leave();
    else connection.release();
  }

  #record(http1: Http1Request): void {
    const { request, measured, method, connection, readFrom, writtenFrom } = http1;
    const response = responseOf(request);
    const upgraded = response?.upgrade === true && isUpgraded(request);
    const whole = upgraded || response?.complete === true;
    let unfinished: ClientErrorType | undefined;
    if (!whole) {
      unfinished = unfinishedType(request, this.#errors.get(request)?.error);
      if (unfinished === "aborted" && http1.timedOut) {
        unfinished = connection?.connected === true ? "timeout" : "connect_timeout";
      }
      if (method === "CONNECT" || request.hasHeader("upgrade")) {
        unfinished = declinedOr(response?.statusCode, unfinished);
      }
    }
    const socket = connection?.connected === true ? connection.transport : undefined;
    this.#meter.end(
      measured,
      response?.statusCode,
      protocolVersion(response?.httpVersion),
      unfinished,
      upgraded ? 0 : requestBytes(request, writtenFrom, socket),
      response && responseBytes(method, response, whole, readFrom, socket),
      request,
      this.#meter.origins.atPort(measured.origin, connection?.port),
    );
  }
}

/**
 * A response. `upgrade` says whether its connection is no longer HTTP after it; it is an old, undocumented
 * field.
 */
type Response = IncomingMessage & { readonly upgrade?: boolean | null };

/** Returns the response so far. The field is undocumented, but exists since the first release. */
function responseOf(request: ClientRequest): Response | undefined {
  return (request as { readonly res?: Response | null }).res ?? undefined;
}

function agentOf(request: ClientRequest): unknown {
  return (request as { readonly agent?: unknown }).agent;
}

function isUpgraded(request: ClientRequest): boolean {
  return (request as { readonly upgradeOrConnect?: boolean }).upgradeOrConnect === true;
}
