import { flushMetrics } from "../flush/metrics.ts";
import { healthMetrics, originalConsecutiveFailures } from "../health/metrics.ts";
import * as http from "../http/metrics.ts";
import { MetricRegistry, type MetricSpec } from "../metrics/index.ts";
import { monitorMetrics } from "../monitor/metrics.ts";
import { createProbes } from "../probe/index.ts";
import { readerMetrics } from "../reader/metrics.ts";
import { componentVersion } from "../runtime/components.ts";
import { runtimeMetrics } from "../runtime/metrics.ts";
import * as runtime from "../runtime/specs.ts";
import { settingsMetrics } from "../settings/metrics.ts";
import { leaseMetrics } from "../task/metrics.ts";

/** Every metric of this package by its name. */
export function ownSpecs(): ReadonlyMap<string, MetricSpec> {
  const registry = new MetricRegistry();
  flushMetrics(registry);
  healthMetrics(registry, false);
  leaseMetrics(registry, { number: undefined, epoch: undefined, remainingMs: 0 });
  monitorMetrics(registry);
  readerMetrics(registry);
  runtimeMetrics(registry);
  settingsMetrics(registry);
  // Registers its metrics, and has nothing to run.
  createProbes({ registry });
  const specs: readonly MetricSpec[] = [
    ...Array.from(registry.metrics(), ({ spec }) => spec),
    ...[...Object.values(http), componentVersion],
    ...Object.values(runtime).flatMap((one): MetricSpec[] =>
      // Specs, and groups of them.
      isSpec(one) ? [one] : Object.values(one),
    ),
  ];
  return new Map(specs.map((spec) => [spec.name, spec]));
}

/** The metric that replaces `health.check.consecutive_failures` under OysterPack's naming. */
export const failuresById: MetricSpec = originalConsecutiveFailures;

function isSpec(value: MetricSpec | Readonly<Record<string, MetricSpec>>): value is MetricSpec {
  return typeof value.kind === "string";
}
