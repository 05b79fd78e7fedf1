export { type ScrapeEndpoint, type ScrapeState, startScrapeEndpoint } from "./endpoint/endpoint.ts";
export { ScrapeEndpointError } from "./endpoint/errors.ts";
export type { ScrapeEvent, ScrapeEvents } from "./endpoint/events.ts";
export type {
  ReaderHost,
  ScrapeEndpointOptions,
  ScrapeHandler,
  ScrapeTls,
} from "./endpoint/options.ts";
export { DEFAULT_METRICS_HTTP_PORT, METRICS_SERVICE_ID } from "../shared/metrics-service.ts";
export { TooManyScrapesError } from "./answers/bodies.ts";
export type { MetricProducerLike, PrometheusOptions } from "./options.ts";
export { PushError, pushMetrics, type PushOptions, type PushReport } from "./push/push.ts";
export type { PushGrouping } from "./push/push-url.ts";
export { prometheusReader, type PrometheusReader, type TextOptions } from "./reader.ts";
export type { TranslationStrategy } from "../points/translation/metric-name.ts";
