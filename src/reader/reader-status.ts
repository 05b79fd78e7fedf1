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

/** The default time between exports, as in the SDK. */
const DEFAULT_INTERVAL_MS = 60_000;

/** The part of a reader that its status needs. */
export interface RecordedReader {
  readonly isHeld: boolean;
  /** Whether we can see how its exports end. */
  readonly isReported: boolean;
  /** The number of batches that are being exported. */
  readonly inFlight: number;
}

/** The status of one reader's exports. It also reports when they stop. */
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
    // For a pull reader only its owner knows the interval.
    const interval =
      kind === "pull" && intervalMs === undefined
        ? undefined
        : (): number => intervalMs ?? context.flushIntervalMs?.() ?? DEFAULT_INTERVAL_MS;
    this.#figures = new ReaderFigures(name, clock, readerMetrics(registry), interval);
    if (interval === undefined) return;
    const watched = {
      name,
      kind,
      intervalMs: interval,
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

  /** Notes an export that the gate held before any part of it began. */
  held(reason: HoldReason): void {
    this.#figures.held();
    this.#context.onHeld(reason);
  }

  /** Notes the end of an export. */
  ended(end: ExportEnd): void {
    this.#figures.ended(end);
    if (end.outcome !== "held") this.#watch?.note(end.outcome);
  }

  /** Notes an answered scrape. An incomplete answer is a failure. */
  answered({ resourceMetrics, errors }: Collected, startedAtMs: number): void {
    const sent = pointsOf(resourceMetrics.scopeMetrics);
    this.#direct(errors.length === 0 ? "success" : "failure", startedAtMs, sent, errors[0]);
  }

  /** Notes a failed collection. */
  failed(error: unknown, startedAtMs: number): void {
    this.#direct("failure", startedAtMs, 0, error);
  }

  /** Stops watching for silence. */
  endWatch(): void {
    this.#watch?.end();
  }

  /** Ends the status, because the reader was shut down. */
  end(): void {
    this.endWatch();
    this.#figures.end();
  }

  #direct(outcome: "success" | "failure", startedAtMs: number, sent: number, error: unknown): void {
    const endedAtMs = this.#context.clock.now();
    const points = { sent, rejected: 0, failed: 0 };
    this.ended({ outcome, durationMs: endedAtMs - startedAtMs, endedAtMs, points, error });
  }

  /** Whether exports are expected. After the number was released, none are. */
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

/** The figures of a push reader whose exporter was not found. */
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
