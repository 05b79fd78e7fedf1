import {
  createNoopMeter,
  type Meter,
  type MeterProvider,
  type Observable,
  type ObservableCallback,
  type ObservableResult,
} from "@opentelemetry/api";
import { createReporter } from "../shared/report.ts";
import { VERSION } from "../shared/version.ts";
import { HistogramMetric } from "./histogram-metric.ts";
import type { NumberMetric } from "./number-metric.ts";
import { measurementsDropped } from "./own.ts";
import type { Metric, MetricRegistry } from "./registry.ts";

/**
 * Brings a registry's metrics to a MeterProvider as its instruments: one Meter per service; numbers
 * as observable instruments that report their cells when a reader collects; histograms by recording
 * through the SDK's.
 */
export class InstrumentsDelivery {
  readonly #registry: MetricRegistry;
  readonly #report = createReporter("metrics");
  #provider: MeterProvider | undefined;
  #undo: (() => void)[] = [];

  constructor(registry: MetricRegistry) {
    this.#registry = registry;
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
    this.#undo.push(this.#registry.onRegister((metric) => this.#deliver(metric, provider)));
  }

  /** Takes the metrics out of the provider. Cells keep their values. */
  unbind(): void {
    this.#provider = undefined;
    for (const undo of this.#undo.splice(0)) undo();
  }

  #deliver(metric: Metric, provider: MeterProvider): void {
    const meter = provider.getMeter(metric.spec.service.name, VERSION);
    if (metric instanceof HistogramMetric) this.#connect(metric, meter);
    else this.#observe(metric, meter);
  }

  #connect(metric: HistogramMetric, meter: Meter): void {
    const { name, help, unit, buckets } = metric.spec;
    metric.connect(
      meter.createHistogram(name, {
        description: help,
        unit,
        advice: { explicitBucketBoundaries: [...buckets] },
      }),
    );
    this.#undo.push(() => metric.disconnect());
  }

  #observe(metric: NumberMetric, meter: Meter): void {
    const instrument = createObservable(metric, meter);
    const callback: ObservableCallback = (result) => this.#reportCells(metric, result);
    instrument.addCallback(callback);
    this.#undo.push(() => instrument.removeCallback(callback));
  }

  #reportCells(metric: NumberMetric, result: ObservableResult): void {
    for (const [cell, attributes] of metric.series.cells()) {
      try {
        const value = cell.current();
        if (value !== undefined) result.observe(value, attributes);
      } catch (error) {
        this.#report.warnOnce(
          `read/${metric.spec.name}`,
          `${metric.spec.name} cannot be read`,
          error,
        );
      }
    }
  }
}

function isNoop(provider: MeterProvider): boolean {
  const meter = provider.getMeter(measurementsDropped.service.name, VERSION);
  // By name too, for the no-op meter of another copy of the API.
  return meter === createNoopMeter() || meter.constructor.name === "NoopMeter";
}

function createObservable(metric: NumberMetric, meter: Meter): Observable {
  const { kind, name, help, unit } = metric.spec;
  const options = { description: help, unit };
  switch (kind) {
    case "counter":
      return meter.createObservableCounter(name, options);
    case "upDownCounter":
      return meter.createObservableUpDownCounter(name, options);
    case "gauge":
      return meter.createObservableGauge(name, options);
  }
}
