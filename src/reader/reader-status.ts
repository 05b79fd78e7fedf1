import type { ReaderContext, ReaderTreatment } from "./context.ts";
import { ReaderFigures } from "./export-figures.ts";
import type { HoldReason } from "./gate.ts";
import { readerMetrics } from "./metrics.ts";
import { pointsOf } from "../points/count.ts";
import type { Silence } from "./silence.ts";
import { SilenceWatch } from "./silence-watch.ts";
import type { ExportEnd } from "./export-batches.ts";
import { modeOf } from "./export-terms.ts";
import type { Collected } from "../points/types.ts";
import type { ReaderView } from "./reader-view.ts";

/** The time between exports where nobody says another; the SDK's default too. */
const DEFAULT_INTERVAL_MS = 60_000;

/** What is asked about the reader whose status it is. */
export interface RecordedReader {
  readonly isHeld: boolean;
  /** Whether its exports are seen. */
  readonly isReported: boolean;
  /** Batches on their way. */
  readonly inFlight: number;
}

/** What is known of one reader's exports, and who is told when they stop. */
export class ReaderStatus {
  readonly #reader: RecordedReader;
  readonly #context: ReaderContext;
  readonly #treatment: ReaderTreatment;
  readonly #figures: ReaderFigures;
  readonly #watch: SilenceWatch | undefined;

  constructor(reader: RecordedReader, context: ReaderContext, treatment: ReaderTreatment) {
    this.#reader = reader;
    this.#context = context;
    this.#treatment = treatment;
    const { clock, registry } = context;
    const { name, kind, intervalMs } = treatment;
    // Only its owner knows how often a pull reader is scraped.
    const isKnown = kind === "push" || intervalMs !== undefined;
    const intervalNow = (): number =>
      intervalMs ?? context.flushIntervalMs?.() ?? DEFAULT_INTERVAL_MS;
    const metrics = readerMetrics(registry);
    this.#figures = new ReaderFigures(name, clock, metrics, isKnown ? intervalNow : undefined);
    if (!isKnown) return;
    const watched = {
      name,
      kind,
      intervalMs: intervalNow,
      isExpected: () => this.#isExpected,
      plight: () => this.#plight,
    };
    this.#watch = new SilenceWatch(watched, clock, context);
  }

  get view(): ReaderView {
    const { name, kind } = this.#treatment;
    const { isHeld, isReported, inFlight } = this.#reader;
    const { held, ...figures } = this.#figures.now;
    const isKnown = kind === "pull" || isReported;
    return {
      name,
      kind,
      isHeld,
      held,
      silence: this.#watch?.isSilent === true && this.#isExpected ? this.#plight.reason : undefined,
      ...(isKnown ? { ...figures, batchesInFlight: inFlight } : UNKNOWN),
    };
  }

  /** The gate held an export, before any part of it began. */
  held(reason: HoldReason): void {
    this.#figures.held();
    this.#context.onHeld(reason);
  }

  /** An export has ended. */
  ended(end: ExportEnd): void {
    this.#figures.ended(end);
    if (end.outcome !== "held") this.#watch?.note(end.outcome);
  }

  /** A scrape was answered. An answer from which something is missing is a failure. */
  answered({ resourceMetrics, errors }: Collected, startedAtMs: number): void {
    const sent = pointsOf(resourceMetrics.scopeMetrics);
    this.#direct(errors.length === 0 ? "success" : "failure", startedAtMs, sent, errors[0]);
  }

  /** Nothing could be collected. */
  failed(error: unknown, startedAtMs: number): void {
    this.#direct("failure", startedAtMs, 0, error);
  }

  /** Nobody waits for the reader any more. */
  endWatch(): void {
    this.#watch?.end();
  }

  /** The reader was shut down. */
  end(): void {
    this.endWatch();
    this.#figures.end();
  }

  #direct(outcome: "success" | "failure", startedAtMs: number, sent: number, error: unknown): void {
    const endedAtMs = this.#context.clock.now();
    const points = { sent, rejected: 0, failed: 0 };
    this.ended({ outcome, durationMs: endedAtMs - startedAtMs, endedAtMs, points, error });
  }

  /** After its number was handed back nothing of a process is to come. */
  get #isExpected(): boolean {
    const { kind } = this.#treatment;
    if (modeOf(this.#context) !== "on") return false;
    if (kind === "pull") return true;
    return this.#reader.isReported && this.#context.lease.state !== "released";
  }

  get #plight(): Pick<Silence, "reason" | "failures" | "lastFailure"> {
    const { since, now } = this.#figures;
    const { consecutiveFailures: failures, lastFailure } = now;
    return {
      reason: since ?? (this.#reader.inFlight > 0 ? "hanging" : "idle"),
      failures,
      lastFailure: failures > 0 ? lastFailure?.message : undefined,
    };
  }
}

/** Of a push reader whose exporter was not found nothing is known. */
const UNKNOWN = {
  successes: undefined,
  failures: undefined,
  consecutiveFailures: undefined,
  pointsSent: undefined,
  pointsRejected: undefined,
  lastSuccessAgeMs: undefined,
  lastSuccessAtMs: undefined,
  lastDurationMs: undefined,
  lastFailure: undefined,
  batchesInFlight: undefined,
};
