import { type Collected, CUMULATIVE, DELTA, type Temporality } from "./types.ts";

/** Collects metrics: an SDK's collector, or a `MetricProducer` of OpenTelemetry. */
export interface MetricProducerLike {
  collect(options?: { timeoutMillis?: number }): Promise<Collected>;
}

/** The part of a reader that chooses a temporality. */
export interface TemporalityChoice {
  selectAggregationTemporality?(instrumentType: string): number;
}

/** A producer with different data for each reader: in the temporality that the reader chooses. */
export interface ProducerPerReader {
  forReader(reader: TemporalityChoice): MetricProducerLike;
}

/** Returns the temporality that the reader chooses for an instrument. The default is cumulative. */
export function temporalityOf(
  reader: TemporalityChoice,
  instrumentType: "COUNTER" | "HISTOGRAM",
): Temporality {
  return reader.selectAggregationTemporality?.(instrumentType) === DELTA ? DELTA : CUMULATIVE;
}
