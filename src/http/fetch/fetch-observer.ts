import type { Socket } from "node:net";
import { Durations } from "../upstream-durations.ts";
import { Channels } from "../client/channels.ts";
import { handshakeOf } from "../client/connection.ts";
import { clientErrorType, declinedOr } from "../client/client-error-type.ts";
import { ClientMeter } from "../client/client-meter.ts";
import { ClientConnections } from "../client/connections.ts";
import { FetchRequest } from "./fetch-request.ts";
import {
  changesProtocol,
  type ConnectedMessage,
  type ErrorMessage,
  type HeadersMessage,
  type RequestMessage,
  type SendHeadersMessage,
  type UndiciRequest,
} from "./messages.ts";
import { FetchOrigins } from "./fetch-origin.ts";
import { UpgradeWatch } from "./upgrade-watch.ts";
import type { HttpTelemetry } from "../telemetry.ts";
import type { RequestObserver } from "../observer.ts";
import type { DurationsChoice } from "../options.ts";
import type { ClientSettings } from "../settings.ts";

const UPSTREAM = {
  meter: "@opentelemetry/instrumentation-undici",
  metric: "http.client.request.duration",
};

/**
 * Observes every request of fetch and of undici's dispatchers. The built-in undici and the one from npm
 * publish on the same channels, each request once.
 */
export class FetchObserver implements RequestObserver {
  readonly #meter: ClientMeter;
  readonly #origins: FetchOrigins;
  readonly #upgrades: UpgradeWatch;
  #requests = new WeakMap<UndiciRequest, FetchRequest>();
  readonly #connections: ClientConnections<Socket>;
  readonly #channels: Channels;

  constructor(telemetry: HttpTelemetry, settings: ClientSettings, choice: DurationsChoice) {
    this.#meter = new ClientMeter(
      "fetch",
      telemetry,
      settings,
      new Durations(choice, UPSTREAM, () => telemetry.provider),
    );
    this.#connections = new ClientConnections<Socket>(this.#meter.connections, { handshakeOf });
    this.#origins = new FetchOrigins(this.#meter.origins);
    this.#upgrades = new UpgradeWatch((...upgrade) => this.#onUpgraded(...upgrade));
    this.#channels = new Channels(
      {
        "undici:request:create": (message: RequestMessage) => this.#onCreate(message),
        "undici:client:connected": (message: ConnectedMessage) => this.#onConnected(message),
        "undici:client:sendHeaders": (message: SendHeadersMessage) => this.#onSendHeaders(message),
        "undici:request:headers": (message: HeadersMessage) => this.#onHeaders(message),
        "undici:request:trailers": ({ request }: RequestMessage) => this.#over(request, undefined),
        "undici:request:error": (message: ErrorMessage) => this.#over(message.request, message),
      },
      (error) => this.#meter.failed(error),
    );
  }

  start(): void {
    this.#channels.open();
  }

  stop(): void {
    this.#channels.close();
    this.#upgrades.stop();
    this.#connections.stop();
    this.#requests = new WeakMap();
    this.#meter.forget();
  }

  #onCreate({ request }: RequestMessage): void {
    const { method, path } = request;
    const { origin, host } = this.#origins.of(request);
    const measured = this.#meter.begin(method, origin, host, path);
    if (measured === undefined) return;
    // Not every version of undici publishes the end of a request that takes over its connection: see
    // `#onSendHeaders`.
    if (!changesProtocol(request)) this.#meter.activate(measured);
    this.#requests.set(request, new FetchRequest(measured));
  }

  #onConnected({ connectParams, socket }: ConnectedMessage): void {
    // A tunnel through a proxy is now a connection to the host behind the proxy.
    this.#connections.get(socket)?.leave();
    this.#connections.of(socket, this.#origins.ofConnection(connectParams));
  }

  #onSendHeaders({ request, headers, socket }: SendHeadersMessage): void {
    const fetchRequest = this.#requests.get(request);
    if (fetchRequest === undefined) return;
    const { measured, connection } = fetchRequest;
    const next = this.#connections.of(socket, measured.origin);
    if (connection !== next) {
      connection?.release();
      next.use();
    }
    fetchRequest.sent(next, headers);
    if (changesProtocol(request)) {
      this.#meter.activate(measured);
      this.#upgrades.watch(request, socket);
    }
  }

  #onHeaders({ request, response }: HeadersMessage): void {
    const { statusCode } = response;
    // Informational responses come before the final response.
    if (statusCode < 200 && statusCode !== 101) return;
    this.#requests.get(request)?.answered(request.method, response);
  }

  #onUpgraded(request: UndiciRequest, socket: Socket, status: number | undefined): void {
    this.#connections.get(socket)?.leave();
    const fetchRequest = this.#requests.get(request);
    if (fetchRequest === undefined) return;
    // A newer undici still publishes the status and the end.
    queueMicrotask(() => {
      fetchRequest.status ??= status;
      try {
        this.#over(request, undefined);
      } catch (error) {
        this.#meter.failed(error);
      }
    });
  }

  #over(request: UndiciRequest, failure: { readonly error: unknown } | undefined): void {
    const fetchRequest = this.#requests.get(request);
    if (fetchRequest === undefined) return;
    this.#requests.delete(request);
    const { measured, connection, status, version } = fetchRequest;
    // Do this first, because the rest may fail.
    this.#meter.deactivate(measured);
    const whole = failure === undefined;
    let unfinished = whole ? undefined : clientErrorType(failure.error);
    if (changesProtocol(request)) {
      this.#upgrades.unwatch(request);
      unfinished = declinedOr(status, unfinished);
    }
    connection?.release();
    this.#meter.end(
      measured,
      status,
      status === undefined ? undefined : version,
      unfinished,
      fetchRequest.requestBytes(request, whole),
      fetchRequest.responseBytes(whole),
      request,
    );
  }
}
