import type { ServerResponse } from "node:http";
import type { Http2ServerResponse } from "node:http2";

/** Observes one kind of request. */
export interface RequestObserver {
  /** Observes requests that start from now on. Idempotent; never throws. */
  start(): void;
  /**
   * Forgets the requests in progress, removes them from the counts of active requests, and removes all
   * listeners and subscriptions. Idempotent; never throws.
   */
  stop(): void;
}

/** Observes requests that servers answer. */
export interface ResponseObserver extends RequestObserver {
  /**
   * Measures the request of this response now, as if the response was finished. Call it after the last bytes
   * were written. The real end is then not recorded again. Has no effect for other responses; never throws.
   */
  settle(response: ServerResponse | Http2ServerResponse): void;
}
