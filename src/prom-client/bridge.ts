import type { MetricProducerLike, ProducerPerReader } from "../points/producer.ts";
import { hrTimeOf } from "../points/time.ts";
import type { Collected, MetricDataLike, ScopeMetricsLike } from "../points/types.ts";
import { type Clock, systemClock } from "../shared/clock.ts";
import { InvalidOptionError } from "../shared/errors.ts";
import { methodsOption, numberOption, optionsObject, textOption } from "../shared/options.ts";
import { createReporter } from "../shared/report.ts";
import { withTimeout } from "../shared/timeout.ts";
import { DeltaView } from "./delta.ts";
import { bridged } from "./points.ts";
import {
  defaultLabelsOf,
  metricsOf,
  type PromMetric,
  type PromRegistry,
  read,
} from "./registry.ts";
import { SeriesBook } from "./series-book.ts";

/** Options of {@link promClientBridge}. */
export interface PromClientBridgeOptions {
  /** The instrumentation scope of the exported metrics. @default `prom-client` */
  readonly scope?: string;
  /** Metrics that are not exported, for example those that you have already moved. @default none */
  readonly ignore?: (name: string) => boolean;
  /** The time limit of a metric's `collect` callback, in milliseconds. @default 5000 */
  readonly timeoutMs?: number;
  /** For tests. @default the machine's clock */
  readonly clock?: Clock;
}

/**
 * A producer with the metrics of a registry. Pass it to `createTaskmon({ metricProducers })`, which gives
 * each attached reader the temporality that it chooses, or to `metricProducers` of an SDK's reader or of
 * `prometheusReader`, which get cumulative data.
 */
export interface PromClientBridge {
  /** Returns the SDK's `CollectionResult`. We do not import its type, and `never` is compatible with it. */
  collect(options?: { timeoutMillis?: number }): Promise<never>;
  /** Returns a producer for one reader, which may choose delta temporality. */
  forReader(reader: { selectAggregationTemporality?(instrumentType: string): number }): {
    collect(options?: { timeoutMillis?: number }): Promise<never>;
  };
}

/**
 * Exports the metrics of a registry of `prom-client` or `@prometheus-io/client` through OpenTelemetry's
 * readers, under their own names, while you migrate a service. It reads the registry, including its
 * callbacks, when a reader collects. It does not change the registry.
 *
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` if it is not a registry, or for a wrong option
 */
export function promClientBridge(
  registry: PromRegistry,
  options?: PromClientBridgeOptions,
): PromClientBridge {
  methodsOption("register", registry, ["getMetricsAsArray"]);
  const given = optionsObject("promClientBridge", options, [
    "scope",
    "ignore",
    "timeoutMs",
    "clock",
  ]);
  const { ignore = () => false } = given;
  if (typeof ignore !== "function") {
    throw new InvalidOptionError("promClientBridge.ignore", "a function of a name", ignore);
  }
  const { scope = "prom-client", clock = systemClock() } = given;
  const timeoutMs = { min: 1, max: 600_000, default: 5_000 };
  return new Bridge(registry, {
    ignore,
    clock,
    scope: textOption("promClientBridge.scope", scope),
    timeoutMs: numberOption("promClientBridge.timeoutMs", given.timeoutMs, timeoutMs),
  }) satisfies MetricProducerLike & ProducerPerReader as never;
}

type Reading = { readonly scopeMetrics: ScopeMetricsLike[]; readonly errors: unknown[] };

class Bridge implements MetricProducerLike, ProducerPerReader {
  readonly #registry: PromRegistry;
  readonly #options: Required<PromClientBridgeOptions>;
  readonly #report = createReporter("prom-client");
  readonly #book: SeriesBook;
  /** Metrics whose callback is still running. It is not called again until it ends. */
  readonly #hanging = new Set<PromMetric>();
  #reading: Promise<Reading> | undefined;

  constructor(registry: PromRegistry, options: Required<PromClientBridgeOptions>) {
    this.#registry = registry;
    this.#options = options;
    // The first values may have been counted since the process started.
    this.#book = new SeriesBook(hrTimeOf(options.clock.wallTime() - process.uptime() * 1_000));
  }

  async collect(options?: { timeoutMillis?: number }): Promise<Collected> {
    return collectedOf(await this.#read(options?.timeoutMillis));
  }

  forReader(reader: Parameters<ProducerPerReader["forReader"]>[0]): MetricProducerLike {
    const view = new DeltaView(reader);
    return {
      collect: async (options) => {
        const { scopeMetrics, errors } = await this.#read(options?.timeoutMillis);
        return collectedOf({ scopeMetrics: view.of(scopeMetrics), errors });
      },
    };
  }

  /** Readers that collect at the same time share one reading. */
  #read(timeoutMs = Infinity): Promise<Reading> {
    this.#reading ??= this.#readAll(Math.min(timeoutMs, this.#options.timeoutMs)).finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #readAll(timeoutMs: number): Promise<Reading> {
    const { ignore, scope } = this.#options;
    const errors: unknown[] = [];
    const defaults = defaultLabelsOf(this.#registry);
    const metrics = metricsOf(this.#registry).filter(({ name }) => !ignore(name));
    const readings = await Promise.all(
      metrics.map((metric) =>
        this.#readOne(metric, defaults, timeoutMs).catch((error: unknown) => {
          errors.push(error);
          this.#report.warnOnce(
            metric.name,
            `The prom-client metric ${metric.name} could not be read and is omitted`,
            error,
          );
          return [];
        }),
      ),
    );
    this.#book.end(new Set(metrics.map(({ name }) => name)), this.#now());
    const shown = readings.flat().filter(({ dataPoints }) => dataPoints.length > 0);
    return {
      scopeMetrics: shown.length === 0 ? [] : [{ scope: { name: scope }, metrics: shown }],
      errors,
    };
  }

  async #readOne(
    metric: PromMetric,
    defaults: Readonly<Record<string, unknown>>,
    timeoutMs: number,
  ): Promise<MetricDataLike[]> {
    if (this.#hanging.has(metric)) throw new Error(`${metric.name} is still being read`);
    const { clock } = this.#options;
    const reading = await withTimeout(clock, `Reading ${metric.name}`, timeoutMs, () => {
      this.#hanging.add(metric);
      return read(metric).finally(() => this.#hanging.delete(metric));
    });
    return this.#book.points(metric.name, bridged(reading, defaults), this.#now());
  }

  #now(): ReturnType<typeof hrTimeOf> {
    return hrTimeOf(this.#options.clock.wallTime());
  }
}

function collectedOf({ scopeMetrics, errors }: Reading): Collected {
  return { resourceMetrics: { resource, scopeMetrics }, errors };
}

/** A placeholder: readers use the resource of their MeterProvider. */
const resource = {
  attributes: {},
  merge: (other: unknown) => other,
  getRawAttributes: () => [],
};
