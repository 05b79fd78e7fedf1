/** What one turn of a prober came to. */
export interface Turn {
  /** CPU time of all its threads, in microseconds. */
  readonly cpuUs: number;
  readonly passed: number;
  readonly failed: number;
  /** Absent where it does not say. */
  readonly delayP99Ms?: number;
  readonly bytesPerTarget?: number;
}
