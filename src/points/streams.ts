import type { Attributes } from "@opentelemetry/api";
import type {
  Collected,
  Exemplar,
  ExponentialBuckets,
  MetricDataLike,
  ResourceLike,
  ScopeMetricsLike,
} from "./types.ts";

export type { Exemplar } from "./types.ts";

/**
 * One exported metric that can be read in place, without a copy. It is the same object at every collection,
 * so writers use it as the key of what they cache.
 */
export interface MetricStream {
  readonly scope: ScopeMetricsLike["scope"];
  readonly descriptor: MetricDataLike["descriptor"];
  /** `SUM`, `GAUGE`, `HISTOGRAM` or `EXPONENTIAL_HISTOGRAM`. */
  readonly type: number;
  /** Whether it is a sum that only grows. */
  readonly isMonotonic: boolean;
  /** For a histogram: the upper bounds of its buckets, without the last bucket, which has no bound. */
  readonly boundaries?: readonly number[] | undefined;
  /** Whether the name is exported unchanged, without suffixes. @default false */
  readonly isVerbatim?: boolean | undefined;
  /**
   * Iterates over the series. You may pause and continue in a later turn of the event loop, even if series
   * were added or removed in between.
   */
  series(): Iterator<SeriesReading>;
}

/** Reads the current values of one series. Use what it returns at once: the next call may overwrite it. */
export interface SeriesReading {
  /** The same object for one series at every collection. */
  readonly attributes: Attributes;
  /** When the series began, in milliseconds since the Unix epoch. */
  readonly startMs: number;
  /** The value of a sum or gauge, or undefined if there is none. */
  number(): number | undefined;
  /** The value of a histogram, or undefined if there is none. */
  histogram(): HistogramReading | undefined;
  /** The value of an exponential histogram, or undefined if there is none. */
  exponential(): ExponentialReading | undefined;
  /** For a counter: the latest measurement with a trace. @default none */
  readonly exemplar?: Exemplar | undefined;
}

/** The value of a histogram. */
export interface HistogramReading {
  readonly count: number;
  readonly sum?: number | undefined;
  /** The count of each bucket, not cumulative. There is one more bucket than boundaries. */
  readonly counts: ArrayLike<number>;
  /** The exemplar of each bucket that has one. */
  readonly exemplars?: ArrayLike<Exemplar | undefined> | undefined;
}

/** The value of an exponential histogram. */
export interface ExponentialReading {
  readonly count: number;
  readonly sum?: number | undefined;
  readonly scale: number;
  readonly zeroCount: number;
  readonly zeroThreshold?: number | undefined;
  readonly positive: ExponentialBuckets;
  readonly negative: ExponentialBuckets;
  readonly exemplars?: ArrayLike<Exemplar | undefined> | undefined;
}

/** What Taskmon gives to a reader that reads streams itself. */
export interface StreamSource {
  /**
   * The reader's `collect` at the time of attaching. If someone has replaced it since, the reader must call
   * the replacement.
   */
  readonly collect: unknown;
  /**
   * Returns the metrics to read in place. Undefined means that the reader must call its `collect` instead:
   * exports are held back now, or the exported data differs from the stored data.
   */
  own(): OwnStreams | undefined;
}

/** Metrics that are read in place, and how to collect the others. */
export interface OwnStreams {
  /** Returns the resource to export. `base` is the SDK's resource, if there is one. */
  resource(base: ResourceLike | undefined): ResourceLike;
  readonly streams: Iterable<MetricStream>;
  /** Collects from the SDK. {@link others} picks the metrics that are not in `streams`. */
  collect(options?: { timeoutMillis?: number }): Promise<Collected>;
  others(scopes: readonly ScopeMetricsLike[]): readonly ScopeMetricsLike[];
}

/** A reader that reads metrics in place, as `prometheusReader()` does. */
export interface StreamReader {
  /** The source that was set last. */
  readonly streamSource: StreamSource | undefined;
  /** Sets the source. Undefined means that the reader must call its `collect` for everything. */
  setStreamSource(source: StreamSource | undefined): void;
}

/** Whether a reader reads metrics in place. */
export function takesStreams<R extends object>(reader: R): reader is R & StreamReader {
  return "setStreamSource" in reader && typeof reader.setStreamSource === "function";
}
