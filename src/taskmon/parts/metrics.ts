import type { MeterProvider } from "@opentelemetry/api";
import type { Core } from "../core.ts";
import type { Part } from "../part.ts";

/** The user's own metrics, and those of every part: which are on, and how they reach a provider. */
export interface MetricsPart extends Part {
  /** Brings the metrics to the provider's own Meters, if not all of its readers get them from us. */
  deliver(provider: MeterProvider, isReached: boolean): void;
}

export function metricsPart({ metrics }: Core): MetricsPart {
  return {
    name: "metrics",
    deliver(provider, isReached) {
      if (!isReached || !metrics.isWhole) metrics.setMeterProvider(provider);
    },
    apply: ({ enabled, metrics: each }) =>
      metrics.turn(({ name }) => enabled && each[name]?.enabled !== false),
  };
}
