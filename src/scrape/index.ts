// An alias for a part of `taskmon/prometheus`.
export {
  DEFAULT_METRICS_HTTP_PORT,
  METRICS_SERVICE_ID,
  ScrapeEndpointError,
  type ScrapeEndpoint,
  type ScrapeEndpointOptions,
  type ScrapeEvent,
  type ScrapeEvents,
  type ScrapeHandler,
  type ScrapeState,
  type ScrapeTls,
  startScrapeEndpoint,
} from "../prometheus/index.ts";
