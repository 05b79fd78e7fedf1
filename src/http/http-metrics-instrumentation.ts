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
   * The registry for the metrics. You connect it to a MeterProvider. @default an own registry, which
   * `setMeterProvider` connects
   */
  readonly registry?: MetricRegistry;
  /** The requests that servers of this process receive. False turns them off. @default on */
  readonly server?: HttpServerOptions | false;
  /**
   * The requests that `node:http`, `node:https` and HTTP/2 clients send. False turns them off. @default on
   */
  readonly client?: HttpClientOptions | false;
  /**
   * Whether to record durations if `@opentelemetry/instrumentation-http` also records them. `auto` drops our
   * duration of a request that it has recorded in the same MeterProvider. The other metrics are always
   * recorded.
   * @default "auto"
   */
  readonly durations?: DurationsChoice;
}

/**
 * Measures HTTP requests through `diagnostics_channel`, without changing a module. So it works with CommonJS,
 * ESM and bundlers, in any order of loading. Each request that a server of this process receives counts once,
 * even if it fails.
 *
 * It is an OpenTelemetry `Instrumentation`, for the option `instrumentations` of a NodeSDK. It observes as
 * soon as it is created, and keeps measurements from before there is a MeterProvider, up to a limit.
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
   * Measures the request of this response now, as if the response was finished. Use it if you hold back the
   * last bytes after they were written. The request counts once, with the duration until now, and stays
   * active until its end. Has no effect for a response that is not measured. Never throws.
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
