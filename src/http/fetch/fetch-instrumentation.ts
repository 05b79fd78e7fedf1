import type { MetricRegistry } from "../../metrics/index.ts";
import { optionsObject } from "../../shared/options.ts";
import { HttpInstrumentation, type HttpMetricsConfig } from "../http-instrumentation.ts";
import { FetchObserver } from "./fetch-observer.ts";
import { HttpTelemetry } from "../telemetry.ts";
import type { DurationsChoice, HttpClientOptions } from "../options.ts";
import { clientSettings, durationsChoice } from "../settings.ts";

/** Options of {@link FetchMetricsInstrumentation}. */
export interface FetchMetricsOptions extends HttpMetricsConfig, HttpClientOptions {
  /**
   * The registry for the metrics. You connect it to a MeterProvider. @default an own registry, which
   * `setMeterProvider` connects
   */
  readonly registry?: MetricRegistry;
  /**
   * Whether to record durations if `@opentelemetry/instrumentation-undici` also records them. @default "auto"
   */
  readonly durations?: DurationsChoice;
}

/**
 * Measures the requests of `fetch` and of every undici dispatcher, built-in or from npm, through
 * `diagnostics_channel`, without changing a module. Each request on the wire counts once in the
 * `http.client.*` metrics, even if it fails. Each hop of a redirect and each retry is a request.
 *
 * It is an OpenTelemetry `Instrumentation`, for the option `instrumentations` of a NodeSDK. It observes as
 * soon as it is created, and keeps measurements from before there is a MeterProvider, up to a limit.
 */
export class FetchMetricsInstrumentation extends HttpInstrumentation {
  /** @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` */
  constructor(options?: FetchMetricsOptions) {
    const given = optionsObject("fetch", options, OPTIONS);
    const { enabled, registry, durations, ...client } = given;
    const settings = clientSettings("fetch", client)!;
    const choice = durationsChoice("fetch.durations", durations);
    const telemetry = new HttpTelemetry("fetch.registry", registry);
    const observer = new FetchObserver(telemetry, settings, choice);
    super("taskmon/fetch", "fetch", enabled, telemetry, { fetch: [observer] });
  }
}

const OPTIONS: readonly (keyof FetchMetricsOptions)[] = [
  "enabled",
  "registry",
  "durations",
  "ignore",
  "labels",
  "attributes",
  "buckets",
  "metrics",
  "maxHosts",
  "urlScheme",
];
