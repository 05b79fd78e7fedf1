import type { Collected, ResourceMetricsLike } from "../points/types.ts";

/**
 * The parts of the SDK's reader that are used here, structurally: real trees hold several copies of
 * the SDK, of two release lines, and each of their readers fits.
 */
export interface AttachableReader {
  // Method syntax keeps the parameters bivariant, as the SDK's own option types differ by line.
  collect(options?: CollectOptions): Promise<Collected>;
  forceFlush(options?: CollectOptions): Promise<void>;
  shutdown(options?: CollectOptions): Promise<void>;
  /** The SDK's `AggregationTemporality` for its `InstrumentType`. */
  selectAggregationTemporality?(instrumentType: string): number;
  /** The SDK's `AggregationOption` for its `InstrumentType`. */
  selectAggregation?(instrumentType: string): AggregationOption;
  /** The most series of an instrument of the SDK's `InstrumentType`. */
  selectCardinalityLimit?(instrumentType: string): number;
  /** Whether it also shows histograms with buckets as native histograms of Prometheus. Only our reader has it. */
  readonly nativeHistograms?: boolean;
  /** Called once by the MeterProvider that the reader is given to. */
  setMetricProducer?(producer: unknown): void;
}

/** How a reader wants an instrument aggregated, as the SDK's readers say it. */
export interface AggregationOption {
  /** The SDK's `AggregationType`. */
  readonly type: number;
  readonly options?: {
    readonly boundaries?: readonly number[];
    readonly maxSize?: number;
    readonly recordMinMax?: boolean;
  };
}

/** Options of a reader's methods. */
export interface CollectOptions {
  timeoutMillis?: number;
}

/** The parts of the SDK's push exporter that are used here. */
export interface PushExporter {
  export(metrics: ResourceMetricsLike, done: (result: ExportResultLike) => void): void;
  forceFlush(): Promise<void>;
  shutdown(): Promise<void>;
}

/** What an exporter reports of one export: code 0 is success, 1 failure. */
export interface ExportResultLike {
  code: number;
  error?: Error;
}
