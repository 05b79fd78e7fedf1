import type { Attributes, Meter, MeterProvider, ObservableGauge } from "@opentelemetry/api";
import { isNoopProvider } from "../sdk/provider.ts";
import { createReporter } from "../shared/report.ts";
import { VERSION } from "../shared/version.ts";
import { withConstants } from "./constants.ts";
import { HistogramMetric } from "./histogram-metric.ts";
import { isBeyondInstruments } from "./metric-base.ts";
import { NumberMetric } from "./number-metric.ts";
import { NumberFeed } from "./number-feed.ts";
import { measurementsDropped } from "./metrics.ts";
import type { Metric } from "./metric.ts";
import type { MetricRegistry } from "./registry.ts";
import type { Views } from "./views.ts";

/**
 * Exports a registry's metrics through instruments of a MeterProvider, with one Meter per service. Views,
 * limits and temporality are then the SDK's own. When a reader begins to collect, synchronous instruments get
 * the change of each number since the last collection. Histograms get each measurement at once. If a view of
 * ours matches a metric, the view gives it its final name and labels; otherwise the instrument has them.
 */
export class InstrumentsDelivery {
  readonly #registry: MetricRegistry;
  readonly #views: Views | undefined;
  readonly #report = createReporter("metrics");
  #provider: MeterProvider | undefined;
  #hook: ObservableGauge | undefined;
  #stopListening: (() => void) | undefined;
  readonly #undo = new Map<Metric, () => void>();
  /**
   * The feed of every metric that has or had an instrument. It remembers what the instrument got, even after
   * `unbind`.
   */
  readonly #feeds = new Map<NumberMetric, NumberFeed>();

  constructor(registry: MetricRegistry, views?: Views) {
    this.#registry = registry;
    this.#views = views;
  }

  /**
   * Creates the instruments of all present and future metrics in `provider`, and leaves an earlier provider.
   * Ignores a provider without an SDK, because it would lose the measurements.
   */
  bind(provider: MeterProvider): void {
    // NodeSDK hands the API's no-op provider to every instrumentation before the real one.
    if (provider === this.#provider || isNoopProvider(provider)) return;
    this.unbind();
    this.#provider = provider;
    this.#registry.isCopied = true;
    for (const metric of this.#registry.metrics()) this.#deliver(metric, provider);
    this.#stopListening = this.#registry.listen({
      registered: (metric) => this.#deliver(metric, provider),
      unregistered: (metric) => this.#withdraw(metric),
      removed: (metric) => metric instanceof NumberMetric && this.#feeds.delete(metric),
    });
    this.#hook = hookOf(provider.getMeter(measurementsDropped.service.name, VERSION));
    this.#hook.addCallback(this.#feed);
  }

  /** Disconnects the metrics from the provider. Series keep their values. */
  unbind(): void {
    this.#hook?.removeCallback(this.#feed);
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
    if (metric.isOff || metric.globalRun !== undefined) return;
    if (isBeyondInstruments(metric.spec)) return;
    metric.isCarried = true;
    // Pass all labels to the SDK: its views decide which ones to drop.
    metric.reduceFor(this, new Set());
    const isCarried = this.#views?.carries(metric.spec) ?? false;
    const { form } = this.#registry;
    const name = isCarried ? metric.spec.name : form.nameOf(metric.spec);
    const constants = isCarried ? undefined : form.constantsOf(metric.spec);
    const meter = provider.getMeter(metric.spec.service.name, VERSION);
    if (metric instanceof HistogramMetric) {
      this.#undo.set(metric, connect(metric, meter, name, constants));
    } else if (metric instanceof NumberMetric) {
      const feed = this.#feeds.get(metric) ?? new NumberFeed(metric);
      this.#feeds.set(metric, feed);
      feed.open(meter, name, constants);
      this.#undo.set(metric, () => feed.close());
    }
  }

  /** Called when a reader begins to collect, before the provider's metrics are collected. */
  readonly #feed = (): void => {
    for (const feed of this.#feeds.values()) {
      try {
        feed.tell();
      } catch (error) {
        this.#report.errorOnce("feed", "An instrument rejected a measurement", error);
      }
    }
  };
}

function connect(
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

/**
 * Creates an instrument that observes nothing and so is never exported. The SDK calls the synchronous
 * callbacks of all Meters before it collects from any of them.
 */
function hookOf(meter: Meter): ObservableGauge {
  return meter.createObservableGauge("taskmon.collection", {
    description: "Observes nothing. Its callback updates the other instruments.",
  });
}
