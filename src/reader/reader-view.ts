import type { ExportFailure } from "./export-figures.ts";
import type { SilenceReason } from "./silence.ts";

/**
 * The status of one attached reader. For a push reader whose exporter was not found, everything that depends
 * on the end of exports is undefined.
 */
export interface ReaderView {
  /** The unique name of the reader: the one from attaching, or the name of its class. */
  readonly name: string;
  readonly kind: "push" | "pull";
  /** Whether it may export nothing now. */
  readonly isHeld: boolean;
  /** Exports that arrived completely, or scrapes that were answered completely. */
  readonly successes: number | undefined;
  /** Exports with a failed batch, or scrapes with an incomplete answer. */
  readonly failures: number | undefined;
  /** Failures since the last success. */
  readonly consecutiveFailures: number | undefined;
  /** Exports that the gate held. */
  readonly held: number;
  /** Data points that receivers have, or that were in answers to scrapes. */
  readonly pointsSent: number | undefined;
  /** Data points that a receiver rejected in exports that it accepted. */
  readonly pointsRejected: number | undefined;
  /** Batches that were passed to the exporter and have not ended. */
  readonly batchesInFlight: number | undefined;
  /**
   * The time since the last successful export or scrape. Undefined before the first one, and for a push
   * reader whose exporter was not found.
   */
  readonly lastSuccessAgeMs: number | undefined;
  /** The wall clock's time of the last success, in milliseconds since the Unix epoch. */
  readonly lastSuccessAtMs: number | undefined;
  /** The duration of the last export, successful or not. For a scrape, the duration of its collection. */
  readonly lastDurationMs: number | undefined;
  /** The last failure. It stays after a success. Undefined before the first one. */
  readonly lastFailure: ExportFailure | undefined;
  /** Why the reader is silent. Undefined unless it has been silent for five intervals. */
  readonly silence: SilenceReason | undefined;
}
