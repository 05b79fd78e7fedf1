import {
  createNoopMeter,
  type Attributes,
  type Meter,
  type MeterProvider,
  type Observable,
  type ObservableResult,
} from "@opentelemetry/api";
import { createReporter } from "../shared/report.ts";
import { VERSION } from "../shared/version.ts";
import { DistributionMetric } from "./distribution-metric.ts";
import { withConstants } from "./constants.ts";
import { HistogramMetric } from "./histogram-metric.ts";
import type { NumberMetric } from "./number-metric.ts";
import { measurementsDropped } from "./own.ts";
import type { Metric, MetricRegistry } from "./registry.ts";
import { type Report, reportSum } from "./shared-observable.ts";
import type { Views } from "./views.ts";

/**
 * Brings a registry's metrics to a MeterProvider as its instruments: one Meter per service; numbers
 * as observable instruments that report their cells when a reader collects; histograms by recording
 * through the SDK's. What a view carries gets its final name and labels from the view, everything else
 * has them from the start.
 */
export class InstrumentsDelivery {
  readonly #registry: MetricRegistry;
  readonly #views: Views | undefined;
  readonly #report = createReporter("metrics");
  #provider: MeterProvider | undefined;
  #stopListening: (() => void) | undefined;
  readonly #undo = new Map<Metric, () => void>();

  constructor(registry: MetricRegistry, views?: Views) {
    this.#registry = registry;
    this.#views = views;
  }

  /**
   * Makes the instruments of all metrics, present and future, in `provider`; leaves an earlier one.
   * A provider without an SDK is passed over: what it is given is lost.
   */
  bind(provider: MeterProvider): void {
    // NodeSDK hands the API's no-op provider to every instrumentation before the real one.
    if (provider === this.#provider || isNoop(provider)) return;
    this.unbind();
    this.#provider = provider;
    for (const metric of this.#registry.metrics()) this.#deliver(metric, provider);
    this.#stopListening = this.#registry.listen({
      registered: (metric) => this.#deliver(metric, provider),
      unregistered: (metric) => this.#withdraw(metric),
    });
  }

  /** Takes the metrics out of the provider. Cells keep their values. */
  unbind(): void {
    this.#provider = undefined;
    this.#stopListening?.();
    this.#stopListening = undefined;
    for (const metric of this.#undo.keys()) this.#withdraw(metric);
  }

  #withdraw(metric: Metric): void {
    this.#undo.get(metric)?.();
    this.#undo.delete(metric);
  }

  #deliver(metric: Metric, provider: MeterProvider): void {
    if (metric.isOff || metric.isOwn || metric instanceof DistributionMetric) return;
    const isCarried = this.#views?.carries(metric.spec) ?? false;
    const { form } = this.#registry;
    const name = isCarried ? metric.spec.name : form.nameOf(metric.spec);
    const constants = isCarried ? undefined : form.constantsOf(metric.spec);
    const meter = provider.getMeter(metric.spec.service.name, VERSION);
    const undo =
      metric instanceof HistogramMetric
        ? this.#connect(metric, meter, name, constants)
        : this.#observe(metric, meter, name, constants);
    this.#undo.set(metric, undo);
  }

  #connect(
    metric: HistogramMetric,
    meter: Meter,
    name: string,
    constants: Attributes | undefined,
  ): () => void {
    const { help, unit, buckets } = metric.spec;
    const histogram = meter.createHistogram(name, {
      description: help,
      unit,
      ...(buckets !== undefined && { advice: { explicitBucketBoundaries: [...buckets] } }),
    });
    metric.connect({
      record: (value, attributes) => histogram.record(value, withConstants(attributes, constants)),
    });
    return () => metric.disconnect();
  }

  #observe(
    metric: NumberMetric,
    meter: Meter,
    name: string,
    constants: Attributes | undefined,
  ): () => void {
    const report: Report = (result) => this.#reportCells(metric, result, constants);
    const { kind } = metric.spec;
    if (kind === "counter" || kind === "upDownCounter") {
      return reportSum(meter, name, () => createObservable(metric, meter, name), report);
    }
    const instrument = createObservable(metric, meter, name);
    instrument.addCallback(report);
    return () => instrument.removeCallback(report);
  }

  #reportCells(
    metric: NumberMetric,
    result: Pick<ObservableResult, "observe">,
    constants: Attributes | undefined,
  ): void {
    for (const cell of metric.series.cells()) {
      try {
        const value = cell.current();
        if (value !== undefined) result.observe(value, withConstants(cell.attributes, constants));
      } catch (error) {
        const { name } = metric.spec;
        this.#report.warnOnce(`read/${name}`, `${name} cannot be read`, error);
      }
    }
  }
}

/** Whether the provider's meters are the API's, which go nowhere. */
function isNoop(provider: MeterProvider): boolean {
  const meter = provider.getMeter(measurementsDropped.service.name, VERSION);
  // By name too, for the no-op meter of another copy of the API.
  return meter === createNoopMeter() || meter.constructor.name === "NoopMeter";
}

function createObservable(metric: NumberMetric, meter: Meter, name: string): Observable {
  const { kind, help, unit } = metric.spec;
  const options = { description: help, unit };
  switch (kind) {
    case "counter":
      return meter.createObservableCounter(name, options);
    case "upDownCounter":
      return meter.createObservableUpDownCounter(name, options);
    case "gauge":
    case "state":
      return meter.createObservableGauge(name, options);
  }
}
