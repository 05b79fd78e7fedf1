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
   * The registry for the metrics; you connect it to a MeterProvider. @default its own, which
   * `setMeterProvider` connects to the provider
   */
  readonly registry?: MetricRegistry;
  /** Whether to measure durations beside `@opentelemetry/instrumentation-undici`. @default "auto" */
  readonly durations?: DurationsChoice;
}

/**
 * Measures the requests of `fetch` and of every undici dispatcher, that of Node.js and those from npm,
 * through `diagnostics_channel`, without changing a module. Each request on the wire counts once in the
 * `http.client.*` metrics, every hop of a redirect and every retry too, however it ends.
 *
 * An OpenTelemetry `Instrumentation`, for `instrumentations` of a NodeSDK. It observes from its
 * construction on; what it measures before there is a MeterProvider is kept, up to a bound.
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
