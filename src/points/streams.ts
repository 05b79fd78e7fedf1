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
 * One exported metric that can be read where it is kept, without a copy. The same object at every
 * collection: what is written of it again and again is kept by it.
 */
export interface MetricStream {
  readonly scope: ScopeMetricsLike["scope"];
  readonly descriptor: MetricDataLike["descriptor"];
  /** `SUM`, `GAUGE`, `HISTOGRAM` or `EXPONENTIAL_HISTOGRAM`. */
  readonly type: number;
  /** Whether it is a sum that only grows. */
  readonly isMonotonic: boolean;
  /** Of a histogram: the upper bounds of its buckets, but for the last, which has none. */
  readonly boundaries?: readonly number[] | undefined;
  /** Whether its name is written as it stands, without suffixes. @default false */
  readonly isVerbatim?: boolean | undefined;
  /** Its series. May be left half-way and gone on with a turn later, whatever came and went meanwhile. */
  series(): Iterator<SeriesReading>;
}

/** One series, as it stands when it is asked. What it answers is to be used at once. */
export interface SeriesReading {
  /** The same object for one series at every collection. */
  readonly attributes: Attributes;
  /** When the series began, in milliseconds since the Unix epoch. */
  readonly startMs: number;
  /** The value of a sum or gauge; undefined where there is nothing to say. */
  number(): number | undefined;
  /** The value of a histogram; undefined where there is nothing to say. */
  histogram(): HistogramReading | undefined;
  /** The value of an exponential histogram; undefined where there is nothing to say. */
  exponential(): ExponentialReading | undefined;
  /** The latest measurement with a trace, of a counter. @default none */
  readonly exemplar?: Exemplar | undefined;
}

/** What a histogram holds. */
export interface HistogramReading {
  readonly count: number;
  readonly sum?: number | undefined;
  /** By bucket, not added up; one more than there are boundaries. */
  readonly counts: ArrayLike<number>;
  /** By bucket, where there is one. */
  readonly exemplars?: ArrayLike<Exemplar | undefined> | undefined;
}

/** What an exponential histogram holds. */
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

/** What a reader that reads streams itself is given by what attached it. */
export interface StreamSource {
  /** The reader's `collect` as it was left: where somebody has put another one since, that one is asked. */
  readonly collect: unknown;
  /**
   * What there is. Undefined where the reader must ask its `collect` for everything: while nothing may be
   * answered, or what is answered is not what is kept.
   */
  own(): OwnStreams | undefined;
}

/** Metrics that are read where they are kept, and what is to be made of the rest. */
export interface OwnStreams {
  /** What is shown of the process; of an SDK's resource, where there is one. */
  resource(base: ResourceLike | undefined): ResourceLike;
  readonly streams: Iterable<MetricStream>;
  /** The SDK's own collection, of which {@link others} takes what the streams do not bring. */
  collect(options?: { timeoutMillis?: number }): Promise<Collected>;
  others(scopes: readonly ScopeMetricsLike[]): readonly ScopeMetricsLike[];
}

/** A reader that reads metrics where they are kept, as `prometheusReader()` does. */
export interface StreamReader {
  /** What it was given last. */
  readonly streamSource: StreamSource | undefined;
  /** Undefined where it is to ask its `collect` for everything. */
  setStreamSource(source: StreamSource | undefined): void;
}

/** Whether a reader reads metrics where they are kept. */
export function takesStreams<R extends object>(reader: R): reader is R & StreamReader {
  return "setStreamSource" in reader && typeof reader.setStreamSource === "function";
}
