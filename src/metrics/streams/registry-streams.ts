import type { HrTime } from "@opentelemetry/api";
import type { MetricStream } from "../../points/streams.ts";
import { hrTimeOf } from "../../points/time.ts";
import { GAUGE, type ScopeMetricsLike, SUM } from "../../points/types.ts";
import type { ReaderSource } from "../../sdk/reader-source.ts";
import { type MetricCell, isBeyondInstruments } from "../metric-base.ts";
import { NumberMetric } from "../number-metric.ts";
import type { Metric } from "../metric.ts";
import type { MetricRegistry } from "../registry.ts";
import { HistogramSeries } from "./histogram-series.ts";
import { NumberSeries } from "./number-series.ts";
import { plansOf, samePlans, type StreamPlan } from "./plan.ts";
import { Stream } from "./stream.ts";

/** The streams of one metric with their plans. */
interface MetricStreams {
  readonly plans: readonly StreamPlan[];
  readonly streams: readonly Stream<MetricCell>[];
}

/**
 * The streams of a registry's metrics for one reader. They read the cells directly, with the reader's
 * temporality, aggregations and limits, and with the views of its MeterProvider. Views are looked up when a
 * metric is registered and when they become known. They are applied when a series begins, never at a
 * measurement.
 */
export class RegistryStreams {
  readonly #registry: MetricRegistry;
  readonly #source: ReaderSource;
  readonly #byMetric = new Map<Metric, MetricStreams>();
  /** Streams of unregistered metrics that have a last value to export. */
  #leaving: Stream<MetricCell>[] = [];
  /** The last run of each global callback that the reader has exported. */
  readonly #toldRuns = new WeakMap<Metric, number>();
  readonly #stopListening: () => void;

  constructor(registry: MetricRegistry, source: ReaderSource) {
    this.#registry = registry;
    this.#source = source;
    for (const metric of registry.metrics()) this.#open(metric);
    this.#stopListening = registry.listen({
      added: (metric) => this.#open(metric),
      removed: (metric) => this.#remove(metric),
    });
    this.#settleIfKnown();
  }

  /** Call this when the reader's MeterProvider, and so its views, may have become known. Idempotent. */
  refresh(): void {
    for (const [metric, { plans, streams }] of [...this.#byMetric]) {
      if (samePlans(plans, this.#plansOf(metric))) continue;
      for (const stream of streams) stream.close();
      this.#open(metric);
    }
    this.#settleIfKnown();
  }

  /** Closes the streams, because the reader no longer collects. */
  close(): void {
    this.#stopListening();
    for (const [metric, { streams }] of this.#byMetric) {
      for (const stream of streams) stream.close();
      metric.reduceFor(this, undefined);
    }
    this.#byMetric.clear();
  }

  /** Collects the points at `nowMs`, in milliseconds since the Unix epoch, by Meter. */
  collect(nowMs: number): ScopeMetricsLike[] {
    const now = hrTimeOf(nowMs);
    const scopes = new Map<string, ScopeMetricsLike>();
    for (const stream of this.#current()) put(scopes, stream, nowMs, now);
    return [...scopes.values()];
  }

  /**
   * The same without a copy: each stream is the same object at every collection, and its series are read in
   * place. The collection begins when the first stream is requested.
   */
  *streams(nowMs: number): IterableIterator<MetricStream> {
    for (const stream of this.#current()) {
      stream.toldAt(nowMs);
      yield stream;
    }
  }

  /**
   * Iterates over the streams of this collection. Callbacks of gauges are called just before their metric.
   */
  *#current(): IterableIterator<Stream<MetricCell>> {
    this.#registry.settleEarly();
    this.#registry.prepare();
    const leaving = this.#leaving;
    this.#leaving = [];
    const gone = new Set(leaving.map(nameOf));
    yield* leaving;
    for (const metric of this.#registry.metrics()) {
      const isTold = metric.isOff || !this.#isNews(metric);
      const streams = isTold ? [] : (this.#byMetric.get(metric)?.streams ?? []);
      if (streams.length > 0 && metric instanceof NumberMetric) metric.readObserved();
      for (const stream of streams) {
        // If a metric was registered again, first export the last value of the removed one.
        if (gone.size === 0 || !gone.has(nameOf(stream))) yield stream;
      }
    }
  }

  /** Whether to export a metric now. A global metric is exported once after each run of its callback. */
  #isNews(metric: Metric): boolean {
    const { globalRun } = metric;
    if (globalRun === undefined) return true;
    if ((this.#toldRuns.get(metric) ?? 0) === globalRun) return false;
    this.#toldRuns.set(metric, globalRun);
    return true;
  }

  /** Whether a view may change the metric's labels. */
  isProcessed(metric: Metric): boolean {
    return this.#plansOf(metric).some(({ isProcessed }) => isProcessed);
  }

  #open(metric: Metric): void {
    const isGlobal = metric.globalRun !== undefined;
    if (!this.#registry.isWhole && !isGlobal && !isBeyondInstruments(metric.spec)) return;
    const plans = this.#plansOf(metric);
    const streams = plans.map((plan) => {
      const tap = plan.isOwn ? -1 : metric.tap(plan.aggregation);
      const nativeTap = plan.native && metric.tap(plan.native);
      return new Stream<MetricCell>(plan, metric, (attributes) =>
        plan.type === SUM || plan.type === GAUGE
          ? new NumberSeries(attributes, plan, tap)
          : new HistogramSeries(attributes, plan, tap, nativeTap),
      );
    });
    this.#byMetric.set(metric, { plans, streams });
    metric.reduceFor(this, droppedBy(metric, plans));
  }

  #plansOf({ spec }: Metric): StreamPlan[] {
    return plansOf(spec, this.#registry.form, this.#source);
  }

  #remove(metric: Metric): void {
    for (const stream of this.#byMetric.get(metric)?.streams ?? []) {
      if (stream.isLeaving && !metric.isOff) this.#leaving.push(stream);
      stream.close();
    }
    this.#byMetric.delete(metric);
  }

  /** Once the views are known, histograms need not store measurements one by one any more. */
  #settleIfKnown(): void {
    if (this.#source.views() !== undefined) this.#registry.settleEarly();
  }
}

/** Returns the labels that no stream of the metric exports. */
function droppedBy({ spec }: Metric, plans: readonly StreamPlan[]): ReadonlySet<string> {
  const dropped = spec.labels.filter(({ key }) => plans.every((plan) => plan.drops(key)));
  return new Set(dropped.map(({ key }) => key));
}

function nameOf({ scope, descriptor }: MetricStream): string {
  return `${scope.name}\n${descriptor.name.toLowerCase()}`;
}

function put(
  scopes: Map<string, ScopeMetricsLike>,
  stream: Stream<MetricCell>,
  nowMs: number,
  now: HrTime,
): void {
  const data = stream.collect(nowMs, now);
  if (data === undefined) return;
  const { scope } = stream;
  let home = scopes.get(scope.name);
  if (home === undefined) scopes.set(scope.name, (home = { scope, metrics: [] }));
  home.metrics.push(data);
}
