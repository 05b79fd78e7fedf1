import type { ServerResponse } from "node:http";
import type { Http2ServerResponse } from "node:http2";
import type { MetricRegistry } from "../metrics/index.ts";
import { optionsObject } from "../shared/options.ts";
import { knownMethods } from "./attributes.ts";
import { HttpInstrumentation, type HttpMetricsConfig } from "./http-instrumentation.ts";
import { Durations } from "./upstream-durations.ts";
import { ClientObserver } from "./client/client-observer.ts";
import { Http2ClientObserver } from "./client/http2-client-observer.ts";
import { HttpTelemetry } from "./telemetry.ts";
import type { RequestObserver } from "./observer.ts";
import type { DurationsChoice, HttpClientOptions, HttpServerOptions } from "./options.ts";
import { FastifyRoutes } from "./routes/fastify.ts";
import { ServerObserver } from "./server/server-observer.ts";
import { Http2ServerObserver } from "./server/http2-server-observer.ts";
import { ServerMetrics } from "./server/server-metrics.ts";
import {
  type ClientSettings,
  clientSettings,
  durationsChoice,
  serverSettings,
  type ServerSettings,
} from "./settings.ts";

/** Options of {@link HttpMetricsInstrumentation}. */
export interface HttpMetricsOptions extends HttpMetricsConfig {
  /**
   * The registry for the metrics; you connect it to a MeterProvider. @default its own, which
   * `setMeterProvider` connects to the provider
   */
  readonly registry?: MetricRegistry;
  /** The requests that servers of this process receive; false for none. @default on */
  readonly server?: HttpServerOptions | false;
  /** The requests that `node:http`, `node:https` and HTTP/2 clients send; false for none. @default on */
  readonly client?: HttpClientOptions | false;
  /**
   * Whether we record durations beside `@opentelemetry/instrumentation-http`, which measures the same:
   * `auto` drops ours while its instrument is in the same MeterProvider. We always record the other
   * metrics.
   * @default "auto"
   */
  readonly durations?: DurationsChoice;
}

/**
 * Measures HTTP requests through `diagnostics_channel`, without changing a module: works alike under
 * CommonJS, ESM and bundlers, whatever is loaded first. Each request that a server of this process
 * receives is counted once, however it ends.
 *
 * An OpenTelemetry `Instrumentation`, for `instrumentations` of a NodeSDK. It observes from its
 * construction on; what it measures before there is a MeterProvider is kept, up to a bound.
 */
export class HttpMetricsInstrumentation extends HttpInstrumentation {
  readonly #servers: ServerObservers | undefined;

  /** @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` */
  constructor(options?: HttpMetricsOptions) {
    const given = optionsObject("http", options, [
      "enabled",
      "registry",
      "server",
      "client",
      "durations",
    ]);
    const choice = durationsChoice("http.durations", given.durations);
    const server = serverSettings("http.server", given.server);
    const client = clientSettings("http.client", given.client);
    const telemetry = new HttpTelemetry("http.registry", given.registry);
    const servers = server === undefined ? undefined : serverObservers(telemetry, server, choice);
    super("taskmon/http", "http", given.enabled, telemetry, {
      ...(servers && { server: Object.values(servers) }),
      ...(client && { client: clientObservers(telemetry, client, choice) }),
    });
    this.#servers = servers;
  }

  /**
   * Measures the request of this response now, as if its response was finished: for who keeps the last
   * bytes back once they are written. The request is counted once, with the duration until now, and is
   * active until its end. Without effect for a response that is not measured; never throws.
   */
  settle(response: ServerResponse | Http2ServerResponse): void {
    if (isHttp2(response)) this.#servers?.http2.settle(response);
    else this.#servers?.http1.settle(response);
  }
}

interface ServerObservers {
  readonly http1: ServerObserver;
  readonly http2: Http2ServerObserver;
  readonly routes: RequestObserver;
}

function clientObservers(
  telemetry: HttpTelemetry,
  settings: ClientSettings,
  choice: DurationsChoice,
): RequestObserver[] {
  return [
    new ClientObserver(telemetry, settings, choice),
    new Http2ClientObserver(telemetry, settings, choice),
  ];
}

function serverObservers(
  telemetry: HttpTelemetry,
  settings: ServerSettings,
  choice: DurationsChoice,
): ServerObservers {
  const durations = new Durations(
    choice,
    { meter: "@opentelemetry/instrumentation-http", metric: "http.server.request.duration" },
    () => telemetry.provider,
  );
  const metrics = new ServerMetrics(telemetry, settings, durations, knownMethods(process.env));
  return {
    http1: new ServerObserver(metrics),
    http2: new Http2ServerObserver(metrics),
    routes: new FastifyRoutes((error) => metrics.failed(error)),
  };
}

function isHttp2(response: ServerResponse | Http2ServerResponse): response is Http2ServerResponse {
  return typeof (response as Partial<Http2ServerResponse>).stream?.respond === "function";
}
