import { InstrumentsDelivery } from "../../metrics/instruments.ts";
import { Views } from "../../metrics/views.ts";
import type { Core } from "../core.ts";
import type { Part } from "../part.ts";

/** The user's own metrics, and those of every part: which are on, and how they reach a provider. */
export interface MetricsPart extends Part {
  readonly views: Views;
}

export function metricsPart({ metrics }: Core): MetricsPart {
  const views = new Views(metrics);
  const delivery = new InstrumentsDelivery(metrics, views);
  return {
    name: "metrics",
    views,
    apply: ({ enabled, metrics: each }) =>
      metrics.turn(({ name }) => enabled && each[name]?.enabled !== false),
    setMeterProvider: (provider) => delivery.bind(provider),
  };
}
