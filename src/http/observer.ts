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
