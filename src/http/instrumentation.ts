import type { MeterProvider, TracerProvider } from "@opentelemetry/api";
import {
  type Counter,
  type Histogram,
  InstrumentsDelivery,
  MetricRegistry,
} from "../metrics/index.ts";
import { measurementsDropped } from "../metrics/own.ts";
import { booleanOption, methodsOption, optionsObject } from "../shared/options.ts";
import { createReporter } from "../shared/report.ts";
import { VERSION } from "../shared/version.ts";
import { knownMethods, serverRequestLabels } from "./attributes.ts";
import type { Connection, Exchange } from "./connection.ts";
import type { UnfinishedReason } from "./ending.ts";
import { serverRequestDuration, type ServerRequestLabels } from "./metrics.ts";
import { routeOf } from "./route.ts";
import { ServerObserver } from "./server.ts";
import { sentStatus } from "./status.ts";

/** What can be changed while the program runs. */
export interface HttpMetricsConfig {
  /** Whether requests are observed. @default true */
  readonly enabled?: boolean;
}

/** Options of {@link HttpMetricsInstrumentation}. */
export interface HttpMetricsOptions extends HttpMetricsConfig {
  /**
   * Where the metrics are registered; the caller brings that registry to a MeterProvider.
   * @default one of its own, which `setMeterProvider` brings to the provider
   */
  readonly registry?: MetricRegistry;
}

/**
 * Measures HTTP requests through `diagnostics_channel`, without changing a module: works alike under
 * CommonJS, ESM and bundlers, whatever is loaded first. Each request that a `node:http` or
 * `node:https` server receives is counted once in `http.server.request.duration`, however it ends.
 *
 * An OpenTelemetry `Instrumentation`, for `instrumentations` of a NodeSDK. It observes from its
 * construction on; what it measures before there is a MeterProvider is kept, up to a bound.
 */
export class HttpMetricsInstrumentation {
  readonly instrumentationName = "taskmon/http";
  readonly instrumentationVersion: string = VERSION;

  /** Of the registry that is our own; none where the caller gave one. */
  readonly #delivery: InstrumentsDelivery | undefined;
  readonly #serverDuration: Histogram<ServerRequestLabels>;
  readonly #dropped: Counter<{ readonly "taskmon.reason": string }>;
  readonly #known = knownMethods(process.env);
  readonly #report = createReporter("http");
  readonly #server: ServerObserver;
  #enabled = false;

  /** @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` */
  constructor(options?: HttpMetricsOptions) {
    const given = optionsObject("http", options, ["enabled", "registry"]);
    const enabled = booleanOption("http.enabled", given.enabled, true);
    const registry =
      given.registry === undefined
        ? new MetricRegistry()
        : methodsOption("http.registry", given.registry, ["histogram", "counter"]);
    if (given.registry === undefined) this.#delivery = new InstrumentsDelivery(registry);
    this.#serverDuration = registry.histogram(serverRequestDuration);
    this.#dropped = registry.counter(measurementsDropped);
    this.#server = new ServerObserver({
      ended: (exchange, connection, unfinished) =>
        this.#onServerRequest(exchange, connection, unfinished),
      failed: (error) => this.#onFailure(error),
    });
    if (enabled) this.enable();
  }

  /** Observes the requests that start from now on. Idempotent. */
  enable(): void {
    this.#enabled = true;
    this.#server.start();
  }

  /**
   * Ends the observation and takes every listener of ours away. Requests in flight are not counted;
   * what was counted stays in the provider. Idempotent.
   */
  disable(): void {
    this.#enabled = false;
    this.#server.stop();
  }

  /** Brings the metrics to `provider`, unless they are in a registry that the caller gave. */
  setMeterProvider(provider: MeterProvider): void {
    this.#delivery?.bind(provider);
  }

  /** Does nothing: there are no spans. */
  setTracerProvider(_provider: TracerProvider): void {}

  /**
   * Turns the observation on or off.
   * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
   */
  setConfig(config: HttpMetricsConfig): void {
    const given = optionsObject("http", config, ["enabled"]);
    if (booleanOption("http.enabled", given.enabled, true)) this.enable();
    else this.disable();
  }

  /** What is in force now. */
  getConfig(): { enabled: boolean } {
    return { enabled: this.#enabled };
  }

  #onServerRequest(
    { request, response, method, startedAt }: Exchange,
    { scheme }: Connection,
    unfinished: UnfinishedReason | undefined,
  ): void {
    const labels = serverRequestLabels(
      {
        method,
        scheme,
        protocolVersion: request.httpVersion,
        status: sentStatus(response, unfinished === undefined),
        route: routeOf(request),
        unfinished,
      },
      this.#known,
    );
    this.#serverDuration.record((performance.now() - startedAt) / 1_000, labels);
  }

  #onFailure(error: unknown): void {
    this.#dropped.add(1, { "taskmon.reason": "failed" });
    this.#report.errorOnce("server", "A request could not be measured", error);
  }
}
