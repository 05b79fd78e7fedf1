import { type Collected, CUMULATIVE, DELTA, type Temporality } from "./types.ts";

/** What collects metrics: an SDK's collector, or a `MetricProducer` of OpenTelemetry. */
export interface MetricProducerLike {
  collect(options?: { timeoutMillis?: number }): Promise<Collected>;
}

/** A reader as far as it says in which temporality it wants data. */
export interface TemporalityChoice {
  selectAggregationTemporality?(instrumentType: string): number;
}

/** A producer that has something else for each reader: data in the temporality that it asks for. */
export interface ProducerPerReader {
  forReader(reader: TemporalityChoice): MetricProducerLike;
}

/** The reader's choice for an instrument; cumulative where it has none. */
export function temporalityOf(
  reader: TemporalityChoice,
  instrumentType: "COUNTER" | "HISTOGRAM",
): Temporality {
  return reader.selectAggregationTemporality?.(instrumentType) === DELTA ? DELTA : CUMULATIVE;
}
