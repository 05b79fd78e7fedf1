import type { ExportFailure } from "./export-figures.ts";
import type { SilenceReason } from "./silence.ts";

/**
 * What is known of one attached reader. What depends on how exports end is undefined for a push reader
 * whose exporter was not found.
 */
export interface ReaderView {
  /** Its own among the readers: as it was attached, or the name of its class. */
  readonly name: string;
  readonly kind: "push" | "pull";
  /** Whether nothing of it leaves now. */
  readonly isHeld: boolean;
  /** Exports that got through whole, or scrapes that were answered. */
  readonly successes: number | undefined;
  /** Exports of which a batch failed, or scrapes from whose answer something is missing. */
  readonly failures: number | undefined;
  /** Failures since the last success. */
  readonly consecutiveFailures: number | undefined;
  /** Exports that the gate held. */
  readonly held: number;
  /** Data points that receivers have, or scrapes were answered with. */
  readonly pointsSent: number | undefined;
  /** Data points that a receiver rejected of exports that it took. */
  readonly pointsRejected: number | undefined;
  /** Batches that were handed to the exporter, and of which it has not reported the end. */
  readonly batchesInFlight: number | undefined;
  /**
   * How long ago the receiver took an export, or a scrape was answered; undefined before the first, and
   * of a push reader whose exporter was not found.
   */
  readonly lastSuccessAgeMs: number | undefined;
  /** When that was by the wall clock, in milliseconds since the Unix epoch. */
  readonly lastSuccessAtMs: number | undefined;
  /** How long the last export took, whatever its outcome; of a scrape, its collection. */
  readonly lastDurationMs: number | undefined;
  /** The last failure, also after a success; undefined before the first. */
  readonly lastFailure: ExportFailure | undefined;
  /** Why it is silent; undefined unless it has been for five intervals. */
  readonly silence: SilenceReason | undefined;
}
