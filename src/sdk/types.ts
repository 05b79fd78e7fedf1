import type { Collected, ResourceMetricsLike } from "../points/types.ts";

/**
 * The parts of the SDK's reader that we use. The type is structural, because a program may have several
 * copies of the SDK, 2.x and 3.x, and each reader must fit.
 */
export interface AttachableReader {
  // Method syntax keeps the parameters bivariant, because the option types of SDK 2.x and 3.x differ.
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
  /** Called once by the MeterProvider that gets the reader. */
  setMetricProducer?(producer: unknown): void;
}

/** The aggregation that a reader chooses for an instrument, as in the SDK. */
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

/** The parts of the SDK's push exporter that we use. */
export interface PushExporter {
  export(metrics: ResourceMetricsLike, done: (result: ExportResultLike) => void): void;
  forceFlush(): Promise<void>;
  shutdown(): Promise<void>;
}

/** The result of one export: code 0 is success, 1 failure. */
export interface ExportResultLike {
  code: number;
  error?: Error;
}
