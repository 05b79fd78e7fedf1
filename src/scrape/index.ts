// Another name for a part of `taskmon/prometheus`.
export {
  ScrapeEndpointError,
  type ScrapeEndpoint,
  type ScrapeEndpointOptions,
  type ScrapeEvent,
  type ScrapeHandler,
  type ScrapeState,
  type ScrapeTls,
  startScrapeEndpoint,
} from "../prometheus/index.ts";
