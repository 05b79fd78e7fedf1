import type { ServerResponse } from "node:http";
import type { Http2ServerResponse } from "node:http2";

/** What follows one kind of request. */
export interface RequestObserver {
  /** Begins to follow requests that start from now on. Idempotent; never throws. */
  start(): void;
  /**
   * Forgets the requests in flight, which leave the counts of active ones, and leaves no listener or
   * subscription behind. Idempotent; never throws.
   */
  stop(): void;
}

/** What follows the requests that servers answer. */
export interface ResponseObserver extends RequestObserver {
  /**
   * Measures the request of this response now, as if its response was finished, whose last bytes are
   * written by now; its end is then no longer counted. Without effect for any other; never throws.
   */
  settle(response: ServerResponse | Http2ServerResponse): void;
}
