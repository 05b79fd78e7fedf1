import type { Attributes } from "@opentelemetry/api";
import type {
  ExponentialReading,
  HistogramReading,
  MetricStream,
  SeriesReading,
} from "../points/streams.ts";
import { EXPONENTIAL_HISTOGRAM, GAUGE, HISTOGRAM, SUM } from "../points/types.ts";
import { createReporter } from "../shared/report.ts";
import { VERSION } from "../shared/version.ts";
import { ExplicitHistogram } from "./accumulate/explicit.ts";
import { ExponentialHistogram } from "./accumulate/exponential.ts";
import { withConstants } from "./constants.ts";
import type { DistributionCell } from "./distribution-metric.ts";
import { HistogramCell } from "./histogram-metric.ts";
import { NumberCell } from "./number-metric.ts";
import type { Metric, MetricRegistry } from "./registry.ts";
import type { MetricKind } from "./spec.ts";

const TYPES: Readonly<Record<MetricKind, number>> = {
  counter: SUM,
  upDownCounter: SUM,
  gauge: GAUGE,
  state: GAUGE,
  histogram: HISTOGRAM,
  exponentialHistogram: EXPONENTIAL_HISTOGRAM,
  distribution: HISTOGRAM,
};

/** The metrics of a registry that no instrument of an SDK reports, to be read where they are kept. */
export class RegistryStreams {
  readonly #registry: MetricRegistry;
  readonly #streams = new WeakMap<Metric, MetricStream>();
  readonly #report = createReporter("metrics");

  constructor(registry: MetricRegistry) {
    this.#registry = registry;
  }

  /** Those that there are now; the same object for a metric each time. */
  all(): MetricStream[] {
    return [...this.#registry.metrics()].flatMap((metric) =>
      metric.isOwn && !metric.isOff ? this.#of(metric) : [],
    );
  }

  #of(metric: Metric): MetricStream {
    let stream = this.#streams.get(metric);
    if (stream === undefined) {
      stream = new RegistryStream(metric, this.#registry, (error) =>
        this.#report.warnOnce(
          `read/${metric.spec.name}`,
          `${metric.spec.name} cannot be read`,
          error,
        ),
      );
      this.#streams.set(metric, stream);
    }
    return stream;
  }
}

type AnyCell = NumberCell | HistogramCell | DistributionCell;

/** A metric of a registry. */
class RegistryStream implements MetricStream {
  readonly scope: MetricStream["scope"];
  readonly descriptor: MetricStream["descriptor"];
  readonly type: number;
  readonly isMonotonic: boolean;
  readonly boundaries: readonly number[] | undefined;
  readonly isVerbatim: boolean;
  readonly #metric: Metric;
  readonly #constants: Attributes | undefined;
  readonly #onError: (error: unknown) => void;

  constructor(metric: Metric, { form }: MetricRegistry, onError: (error: unknown) => void) {
    const { spec } = metric;
    this.scope = { name: spec.service.name, version: VERSION };
    this.descriptor = { name: form.nameOf(spec), unit: spec.unit, description: spec.help };
    this.type = TYPES[spec.kind];
    this.isMonotonic = spec.kind === "counter";
    this.boundaries = spec.buckets;
    this.isVerbatim = form.isVerbatim;
    this.#metric = metric;
    this.#constants = form.constantsOf(spec);
    this.#onError = onError;
  }

  series(): Iterator<SeriesReading> {
    const cells = this.#metric.series.cells() as Iterator<AnyCell>;
    return new CellReadings(cells, this.#constants, this.#onError);
  }
}

/** Reads one cell after the other; itself what is read, so that nothing is made for a series. */
class CellReadings implements Iterator<SeriesReading>, SeriesReading {
  readonly #cells: Iterator<AnyCell>;
  readonly #constants: Attributes | undefined;
  readonly #onError: (error: unknown) => void;
  readonly #result: { done: false; value: SeriesReading } = { done: false, value: this };
  #cell!: AnyCell;

  constructor(
    cells: Iterator<AnyCell>,
    constants: Attributes | undefined,
    onError: (error: unknown) => void,
  ) {
    this.#cells = cells;
    this.#constants = constants;
    this.#onError = onError;
  }

  next(): IteratorResult<SeriesReading> {
    const next = this.#cells.next();
    if (next.done === true) return next as IteratorReturnResult<undefined>;
    this.#cell = next.value;
    return this.#result;
  }

  get attributes(): Attributes {
    return withConstants(this.#cell.attributes, this.#constants);
  }

  get startMs(): number {
    return this.#cell.createdAtMs;
  }

  number(): number | undefined {
    try {
      return this.#cell instanceof NumberCell ? this.#cell.current() : undefined;
    } catch (error) {
      this.#onError(error);
      return undefined;
    }
  }

  histogram(): HistogramReading | undefined {
    const accumulator = (this.#cell as HistogramCell | DistributionCell).accumulator;
    if (!(accumulator instanceof ExplicitHistogram)) return undefined;
    // What was never measured has nothing to say; what was set to nothing has.
    return accumulator.count === 0 && this.#cell instanceof HistogramCell ? undefined : accumulator;
  }

  exponential(): ExponentialReading | undefined {
    const accumulator = (this.#cell as HistogramCell).accumulator;
    if (!(accumulator instanceof ExponentialHistogram)) return undefined;
    return accumulator.count === 0 ? undefined : accumulator.value();
  }
}
