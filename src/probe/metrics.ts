import type { LabelType } from "../metrics/labels.ts";
import type { MetricRegistry } from "../metrics/registry.ts";
import {
  defineCounter,
  defineGauge,
  defineHistogram,
  defineUpDownCounter,
} from "../metrics/spec.ts";
import type {
  AnyCounter,
  AnyGauge,
  AnyHistogram,
  AnyUpDownCounter,
} from "./stats/target-series.ts";

/** The service that owns the metrics of probes. */
export const service = { id: "0x7461736b6d6f6e20", name: "taskmon.probe" } as const;

/**
 * The most series of one metric. There may be more targets than an SDK's instrument can distinguish, so readers
 * get the series from our own producer, which also removes the series of removed targets.
 */
export const MAX_SERIES = 1_000_000;

/** Upper bounds for latencies, in seconds. */
export const LATENCY_BUCKETS: readonly number[] = [
  ...[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1],
  ...[0.25, 0.5, 1, 2.5, 5, 10, 30],
];

/** A declaration of labels by their types. */
export type LabelTypes = Readonly<Record<string, LabelType>>;

/** The handles of the metrics of targets. */
export interface TargetMetrics {
  readonly runs: AnyCounter;
  readonly duration: AnyHistogram;
  readonly phaseDuration: AnyHistogram;
  readonly validationFailures: AnyCounter;
  readonly responses: AnyCounter;
  readonly lastRunTime: AnyGauge;
  readonly certificateNotAfter: AnyGauge;
  readonly status: AnyUpDownCounter;
}

/**
 * Registers the metrics of targets.
 * @param labels adds the labels that identify the target to a metric's own labels
 * @throws MetricConflictError `ERR_TASKMON_METRIC_CONFLICT` if the registry has them with other labels or buckets
 */
export function targetMetrics(
  registry: MetricRegistry,
  labels: (own: LabelTypes) => LabelTypes,
  buckets: readonly number[],
): TargetMetrics {
  const outcome = { "health.probe.outcome": "string", "error.type": "string?" } as const;
  const base = { service, maxSeries: MAX_SERIES } as const;
  return {
    runs: registry.counter(
      defineCounter({
        ...base,
        id: "0x1",
        name: "health.probe.runs",
        help: "Runs of the probe, by target and outcome.",
        unit: "{run}",
        labels: labels(outcome),
      }),
    ),
    duration: registry.histogram(
      defineHistogram({
        ...base,
        id: "0x2",
        name: "health.probe.duration",
        help: "The latency of the target, by outcome.",
        unit: "s",
        labels: labels(outcome),
        buckets,
      }),
    ),
    phaseDuration: registry.histogram(
      defineHistogram({
        ...base,
        id: "0x3",
        name: "health.probe.phase.duration",
        help: "The duration of the phases of a run.",
        unit: "s",
        labels: labels({ "health.probe.phase": "string" }),
        buckets,
      }),
    ),
    validationFailures: registry.counter(
      defineCounter({
        ...base,
        id: "0x4",
        name: "health.probe.validation.failures",
        help: "Answers of the target that a validator rejected.",
        unit: "{failure}",
        labels: labels({ "health.probe.validator": "string" }),
      }),
    ),
    responses: registry.counter(
      defineCounter({
        ...base,
        id: "0x5",
        name: "health.probe.responses",
        help: "Answers of the target, by status code.",
        unit: "{response}",
        labels: labels({ "http.response.status_code": "int" }),
      }),
    ),
    lastRunTime: registry.gauge(
      defineGauge({
        ...base,
        id: "0x6",
        name: "health.probe.last_run.time",
        help: "When the last run ended, as a Unix time.",
        unit: "s",
        labels: labels({}),
      }),
    ),
    certificateNotAfter: registry.gauge(
      defineGauge({
        ...base,
        id: "0x7",
        name: "health.probe.tls.certificate.not_after",
        help: "When a certificate of the target expires, as a Unix time.",
        unit: "s",
        labels: labels({ "health.probe.certificate.position": "string" }),
      }),
    ),
    status: registry.upDownCounter(
      defineUpDownCounter({
        ...base,
        id: "0x8",
        name: "health.probe.status",
        help: "The state of the target: 1 for its current state, 0 for earlier ones.",
        labels: labels({ "health.probe.state": "string" }),
      }),
    ),
  };
}

const refused = defineCounter({
  service,
  id: "0x9",
  name: "health.probe.results.refused",
  help: "Results that were not counted, by reason.",
  unit: "{result}",
  labels: ["health.probe.name", "health.probe.reason"],
});

/** The handles of a keeper's own metrics. */
export interface KeeperMetrics {
  readonly refused: AnyCounter;
}

/** Registers a keeper's own metrics. */
export function keeperMetrics(registry: MetricRegistry): KeeperMetrics {
  return { refused: registry.counter(refused) };
}

const skipped = defineCounter({
  service,
  id: "0xa",
  name: "health.probe.skipped",
  help: "Scheduled runs that did not take place, by reason.",
  unit: "{run}",
  labels: ["health.probe.name", "health.probe.reason"],
});

const scheduleDelay = defineHistogram({
  service,
  id: "0xb",
  name: "health.probe.schedule.delay",
  help: "The delay with which scheduled runs began.",
  unit: "s",
  labels: ["health.probe.name"],
  buckets: [0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
});

const targetCount = defineGauge({
  service,
  id: "0xc",
  name: "health.probe.targets",
  help: "Targets that are listed now.",
  unit: "{target}",
  labels: ["health.probe.name"],
});

const refreshFailures = defineCounter({
  service,
  id: "0xd",
  name: "health.probe.targets.refresh.failures",
  help: "How often the list of targets could not be read, so that the last list stayed.",
  unit: "{failure}",
  labels: ["health.probe.name", "health.probe.source"],
});

/** The metrics of one probe, over all its targets. */
export interface GroupMetrics {
  skipped(reason: "overlap" | "concurrency" | "late" | "schedule", runs: number): void;
  began(delayMs: number): void;
  refreshFailed(source: string): void;
  /** Removes them from every reader. */
  remove(): void;
}

/** Registers the metrics of probes. @returns a function that makes the metrics of one probe */
export function groupMetrics(
  registry: MetricRegistry,
): (name: string, targets: () => number) => GroupMetrics {
  const skips = registry.counter(skipped);
  const delays = registry.histogram(scheduleDelay);
  const counts = registry.gauge(targetCount);
  const failures = registry.counter(refreshFailures);
  return (name, targets) => {
    const probe = { "health.probe.name": name };
    const delay = delays.bind(probe);
    const reasons = new Set<string>();
    const sources = new Set<string>();
    counts.observe(targets, probe);
    return {
      skipped(reason, runs) {
        reasons.add(reason);
        skips.add(runs, { ...probe, "health.probe.reason": reason });
      },
      began: (delayMs) => delay.record(delayMs / 1_000),
      refreshFailed(source) {
        sources.add(source);
        failures.add(1, { ...probe, "health.probe.source": source });
      },
      remove() {
        counts.remove(probe);
        delays.remove(probe);
        for (const reason of reasons) skips.remove({ ...probe, "health.probe.reason": reason });
        for (const source of sources) failures.remove({ ...probe, "health.probe.source": source });
      },
    };
  };
}
