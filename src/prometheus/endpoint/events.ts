import type { ScrapeEndpointError } from "./errors.ts";

/**
 * What happens to a scrape endpoint. `id` is the log event id of the original's metrics server, in
 * hex.
 */
export type ScrapeEvent =
  | { readonly type: "starting"; readonly id: "bec4ba15afa97c2b"; readonly address: string }
  /** It listens; not before. */
  | { readonly type: "started"; readonly id: "8fab3d9ef5011368"; readonly url: string }
  /** It cannot listen, or had to stop listening; `retryInMs` until it tries again. */
  | {
      readonly type: "failed";
      readonly id: "a1e82667eef867ff";
      readonly error: ScrapeEndpointError;
      readonly retryInMs: number;
    }
  /** It was told to stop, and has. */
  | { readonly type: "stopped"; readonly id: "efd0f72bffc636f6" };

/** The ids of the original's log events. */
export const EVENT_IDS = {
  starting: "bec4ba15afa97c2b",
  started: "8fab3d9ef5011368",
  failed: "a1e82667eef867ff",
  stopped: "efd0f72bffc636f6",
} as const;
