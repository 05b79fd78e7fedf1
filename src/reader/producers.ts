import type { MetricProducerLike, ProducerPerReader } from "../points/producer.ts";
import type { Collected } from "../points/types.ts";
import { createReporter } from "../shared/report.ts";
import type { AttachableReader, CollectOptions } from "../sdk/types.ts";

/** The metric producers of one attached reader. */
export class ReaderProducers {
  readonly #producers: readonly MetricProducerLike[];
  readonly #report = createReporter("reader");

  constructor(
    reader: AttachableReader,
    producers: readonly (MetricProducerLike | ProducerPerReader)[] = [],
  ) {
    this.#producers = producers.map((producer) =>
      "forReader" in producer ? producer.forReader(reader) : producer,
    );
  }

  /** Adds the metrics of the producers to a collection. A producer that fails is left out and logged once. */
  async complete(collecting: Promise<Collected>, options?: CollectOptions): Promise<Collected> {
    if (this.#producers.length === 0) return collecting;
    const [collected, ...others] = await Promise.all([
      collecting,
      ...this.#producers.map((producer) => this.#collect(producer, options)),
    ]);
    return {
      resourceMetrics: {
        ...collected.resourceMetrics,
        scopeMetrics: [collected, ...others].flatMap((each) => each.resourceMetrics.scopeMetrics),
      },
      errors: [collected, ...others].flatMap(({ errors }) => errors),
    };
  }

  async #collect(producer: MetricProducerLike, options?: CollectOptions): Promise<Collected> {
    try {
      return await producer.collect(options);
    } catch (error) {
      this.#report.warnOnce("producer", "A metric producer could not collect", error);
      return {
        resourceMetrics: { resource: { attributes: {} }, scopeMetrics: [] },
        errors: [error],
      };
    }
  }
}
