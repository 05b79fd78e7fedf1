export { type ScrapeEndpoint, type ScrapeState, startScrapeEndpoint } from "./endpoint.ts";
export { ScrapeEndpointError } from "./errors.ts";
export type { ScrapeEvent } from "./events.ts";
export type { ScrapeEndpointOptions, ScrapeHandler, ScrapeTls } from "./options.ts";
