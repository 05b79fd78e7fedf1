import type { MetricKind } from "../metrics/index.ts";

/** A metric that is not ours: as much as its name depends on. */
export interface ForeignMetric {
  readonly kind: MetricKind;
  readonly name: string;
  readonly unit: string;
}

/**
 * What `runtime: true` brings, as far as a dashboard shows it: the metrics of
 * `@opentelemetry/instrumentation-runtime-node`, as docs/runtime.md lists them.
 */
export const nodeMetrics: ReadonlyMap<string, ForeignMetric> = new Map(
  [
    { kind: "gauge" as const, name: "nodejs.eventloop.delay.mean", unit: "s" },
    { kind: "gauge" as const, name: "nodejs.eventloop.delay.p99", unit: "s" },
    { kind: "gauge" as const, name: "nodejs.eventloop.utilization", unit: "1" },
    { kind: "histogram" as const, name: "v8js.gc.duration", unit: "s" },
    { kind: "gauge" as const, name: "v8js.memory.heap.used", unit: "By" },
    { kind: "upDownCounter" as const, name: "v8js.memory.heap.space.size", unit: "By" },
  ].map((metric) => [metric.name, metric]),
);
