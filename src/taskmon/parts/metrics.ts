import type { MeterProvider } from "@opentelemetry/api";
import { InstrumentsDelivery } from "../../metrics/instruments.ts";
import { Views } from "../../metrics/views.ts";
import type { Core } from "../core.ts";
import type { Part } from "../part.ts";

/** The user's own metrics, and those of every part: which are on, and how they reach a provider. */
export interface MetricsPart extends Part {
  readonly views: Views;
  /** Brings the metrics to the provider's own Meters, where its readers do not all get them from us. */
  deliver(provider: MeterProvider, isReached: boolean): void;
}

export function metricsPart({ metrics }: Core): MetricsPart {
  const views = new Views(metrics);
  const delivery = new InstrumentsDelivery(metrics, views);
  return {
    name: "metrics",
    views,
    deliver(provider, isReached) {
      if (!isReached || !metrics.isWhole) delivery.bind(provider);
    },
    apply: ({ enabled, metrics: each }) =>
      metrics.turn(({ name }) => enabled && each[name]?.enabled !== false),
  };
}
