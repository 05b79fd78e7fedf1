import type { Clock } from "../shared/clock.ts";
import { messageOf } from "../shared/errors.ts";
import type { ReaderMetrics } from "./metrics.ts";
import type { ExportEnd } from "./export-batches.ts";

/** The last export that failed. */
export interface ExportFailure {
  /** The error message, at most 200 characters. */
  readonly message: string;
  readonly ageMs: number;
}

/** The figures of a reader's exports, or of the scrapes that it answered. */
export interface ExportFigures {
  readonly successes: number;
  readonly failures: number;
  /** Failures since the last success. */
  readonly consecutiveFailures: number;
  /** Exports that the gate held. */
  readonly held: number;
  /** Data points that receivers have, or that were in answers to scrapes. */
  readonly pointsSent: number;
  /** Data points that a receiver rejected in exports that it accepted. */
  readonly pointsRejected: number;
  /** Undefined before the first success. */
  readonly lastSuccessAgeMs: number | undefined;
  /** The wall clock's time of the last success, in milliseconds since the Unix epoch. */
  readonly lastSuccessAtMs: number | undefined;
  /** The duration of the last export, successful or not. For a scrape, the duration of its collection. */
  readonly lastDurationMs: number | undefined;
  /** The last failure. It stays after a success. Undefined before the first one. */
  readonly lastFailure: ExportFailure | undefined;
}

/** The outcome of the last attempt since the last success. */
export type Since = "failing" | "held" | undefined;

const MAX_MESSAGE = 200;

/** Counts the outcomes of one reader's exports, for its status and for our metrics. */
export class ReaderFigures {
  readonly #reader: string;
  readonly #clock: Clock;
  readonly #metrics: ReaderMetrics;
  readonly #intervalMs: (() => number) | undefined;
  #isOver = false;
  #successes = 0;
  #failures = 0;
  #consecutiveFailures = 0;
  #held = 0;
  #pointsSent = 0;
  #pointsRejected = 0;
  #lastSuccess: { readonly atMs: number; readonly wallMs: number } | undefined;
  #lastFailure: { readonly atMs: number; readonly message: string } | undefined;
  #lastDurationMs: number | undefined;
  #since: Since;

  /** @param intervalMs the time between exports, if known */
  constructor(reader: string, clock: Clock, metrics: ReaderMetrics, intervalMs?: () => number) {
    this.#reader = reader;
    this.#clock = clock;
    this.#metrics = metrics;
    this.#intervalMs = intervalMs;
  }

  /** Why no export has been successful since the last success. */
  get since(): Since {
    return this.#since;
  }

  get now(): ExportFigures {
    const age = (atMs: number): number => this.#clock.now() - atMs;
    const [success, failure] = [this.#lastSuccess, this.#lastFailure];
    return {
      successes: this.#successes,
      failures: this.#failures,
      consecutiveFailures: this.#consecutiveFailures,
      held: this.#held,
      pointsSent: this.#pointsSent,
      pointsRejected: this.#pointsRejected,
      lastSuccessAgeMs: success && age(success.atMs),
      lastSuccessAtMs: success?.wallMs,
      lastDurationMs: this.#lastDurationMs,
      lastFailure: failure && { message: failure.message, ageMs: age(failure.atMs) },
    };
  }

  /** Notes an export that the gate held before any batch of it began. */
  held(): void {
    this.#held += 1;
    this.#since = "held";
  }

  /** Notes the end of an export or scrape. */
  ended(end: ExportEnd): void {
    if (this.#isOver) return;
    const { outcome, points } = end;
    this.#pointsSent += points.sent;
    this.#pointsRejected += points.rejected;
    this.#countPoints("success", points.sent);
    this.#countPoints("rejected", points.rejected);
    this.#countPoints("failure", points.failed);
    if (outcome === "held") {
      this.held();
      return;
    }
    this.#lastDurationMs = end.durationMs;
    const labels = { "taskmon.reader": this.#reader, "taskmon.outcome": outcome };
    this.#metrics.exports.add(1, labels);
    this.#metrics.duration.record(end.durationMs / 1_000, labels);
    if (outcome === "success") this.#succeeded(end.endedAtMs);
    else this.#failed(end);
  }

  /** Removes the reader's series and stops counting, because the reader was shut down. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const { exports, duration, points, lastSuccess, interval } = this.#metrics;
    const reader = { "taskmon.reader": this.#reader };
    for (const outcome of ["success", "failure", "rejected"]) {
      const labels = { ...reader, "taskmon.outcome": outcome };
      for (const metric of [exports, duration, points]) metric.remove(labels);
    }
    for (const metric of [lastSuccess, interval]) metric.remove(reader);
  }

  #succeeded(atMs: number): void {
    const wallMs = this.#clock.wallTime() - (this.#clock.now() - atMs);
    this.#successes += 1;
    this.#consecutiveFailures = 0;
    this.#since = undefined;
    this.#lastSuccess = { atMs, wallMs };
    const labels = { "taskmon.reader": this.#reader };
    this.#metrics.lastSuccess.set(wallMs / 1_000, labels);
    if (this.#intervalMs !== undefined) {
      this.#metrics.interval.set(this.#intervalMs() / 1_000, labels);
    }
  }

  #failed({ endedAtMs, error }: ExportEnd): void {
    this.#failures += 1;
    this.#consecutiveFailures += 1;
    this.#since = "failing";
    this.#lastFailure = { atMs: endedAtMs, message: failureText(error) };
  }

  #countPoints(outcome: string, count: number): void {
    if (count === 0) return;
    this.#metrics.points.add(count, { "taskmon.reader": this.#reader, "taskmon.outcome": outcome });
  }
}

/** Returns the error of an exporter as one line. */
export function failureText(error: unknown): string {
  const code = codeOf(error);
  const message = error === undefined ? "" : messageOf(error);
  const isSaid = code === "" || message.includes(code);
  // The message of Node.js is empty if every address of a host refuses the connection.
  const text = isSaid ? message : message === "" ? code : `${message} (${code})`;
  // oxlint-disable-next-line no-control-regex -- the pattern must find control characters
  const line = text.replace(/[\u0000-\u001f\u007f\s]+/g, " ").trim();
  if (line === "") return "no reason was given";
  return line.length > MAX_MESSAGE ? `${line.slice(0, MAX_MESSAGE - 3)}...` : line;
}

function codeOf(error: unknown): string {
  if (typeof error !== "object" || error === null || !("code" in error)) return "";
  return typeof error.code === "number" || typeof error.code === "string" ? `${error.code}` : "";
}
