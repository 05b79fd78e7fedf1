import type { ScrapeEndpointError } from "./errors.ts";

/**
 * An event of a scrape endpoint. `id` is the id of the same log event in OysterPack's metrics server, in hex.
 */
export type ScrapeEvent =
  | { readonly type: "starting"; readonly id: "bec4ba15afa97c2b"; readonly address: string }
  /** It listens now. */
  | { readonly type: "started"; readonly id: "8fab3d9ef5011368"; readonly url: string }
  /** It cannot listen; `retryInMs` until it tries again. */
  | {
      readonly type: "failed";
      readonly id: "a1e82667eef867ff";
      readonly error: ScrapeEndpointError;
      readonly retryInMs: number;
    }
  /** Its server failed although nobody stopped it; `retryInMs` until it tries again. */
  | {
      readonly type: "ended";
      readonly id: "f8c787086a35cd78";
      readonly error: ScrapeEndpointError;
      readonly retryInMs: number;
    }
  /** A stop took longer than `stopTimeoutMs`, so it cut off this many connections. */
  | { readonly type: "cut"; readonly id: "ab355f6933e9b3fe"; readonly connections: number }
  /** It has stopped, because `stop` was called. */
  | { readonly type: "stopped"; readonly id: "efd0f72bffc636f6" };

/** The events for `on` of a scrape endpoint, each with the argument of its listeners. */
export type ScrapeEvents = {
  readonly [E in ScrapeEvent["type"]]: Extract<ScrapeEvent, { readonly type: E }>;
};

/** The names of the OpenTelemetry events, and the ids of OysterPack's log events. */
export const SCRAPE_EVENTS = {
  starting: { eventName: "taskmon.scrape.starting", id: "bec4ba15afa97c2b" },
  started: { eventName: "taskmon.scrape.started", id: "8fab3d9ef5011368" },
  failed: { eventName: "taskmon.scrape.failed", id: "a1e82667eef867ff" },
  ended: { eventName: "taskmon.scrape.ended_by_itself", id: "f8c787086a35cd78" },
  cut: { eventName: "taskmon.scrape.shutdown_error", id: "ab355f6933e9b3fe" },
  stopped: { eventName: "taskmon.scrape.stopped", id: "efd0f72bffc636f6" },
} as const;
