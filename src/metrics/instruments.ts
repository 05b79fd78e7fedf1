import type { Attributes, Meter, MeterProvider, ObservableGauge } from "@opentelemetry/api";
import { isNoopProvider } from "../sdk/provider.ts";
import { createReporter } from "../shared/report.ts";
import { VERSION } from "../shared/version.ts";
import { withConstants } from "./constants.ts";
import { HistogramMetric } from "./histogram-metric.ts";
import { isBeyondInstruments } from "./metric-base.ts";
import { NumberMetric } from "./number-metric.ts";
import { NumberFeed } from "./number-feed.ts";
import { measurementsDropped } from "./own.ts";
import type { Metric } from "./metric.ts";
import type { MetricRegistry } from "./registry.ts";
import type { Views } from "./views.ts";

/**
 * Brings a registry's metrics to a MeterProvider as its instruments, one Meter per service, so that views,
 * limits and temporality are the SDK's own. Numbers are told when a reader begins to collect: what came
 * since the last time, to a synchronous instrument. Histograms are told of each measurement at once. What
 * a view carries gets its final name and labels from the view, everything else has them from the start.
 */
export class InstrumentsDelivery {
  readonly #registry: MetricRegistry;
  readonly #views: Views | undefined;
  readonly #report = createReporter("metrics");
  #provider: MeterProvider | undefined;
  #hook: ObservableGauge | undefined;
  #stopListening: (() => void) | undefined;
  readonly #undo = new Map<Metric, () => void>();
  /** Of every metric that has instruments or had them: what they were told outlives them. */
  readonly #feeds = new Map<NumberMetric, NumberFeed>();

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

  /** Takes the metrics out of the provider. Series keep their values. */
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
    // It tells the SDK of all labels: what is dropped is for the SDK's views to say.
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

  /** Called when a reader begins to collect, before anything of the provider is collected for it. */
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
 * An instrument that observes nothing, and so is exported nowhere. The SDK calls the synchronous callbacks
 * of all Meters before it collects from any.
 */
function hookOf(meter: Meter): ObservableGauge {
  return meter.createObservableGauge("taskmon.collection", {
    description: "Observes nothing: its callback tells the other instruments what was recorded.",
  });
}
