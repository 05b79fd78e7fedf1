import {
  HEALTHCHECK_METRIC_ID,
  HEALTHCHECK_METRIC_LABEL,
  HEALTHCHECK_RUN_DURATION_METRIC_ID,
  HEALTHCHECK_SERVICE_ID,
} from "./constants.ts";
import type { CheckResult, Outcome, Status } from "../check/result.ts";
import { formatId } from "../identity/id.ts";
import type { MetricRegistry } from "../metrics/registry.ts";
import {
  defineCounter,
  defineGauge,
  defineHistogram,
  defineUpDownCounter,
  type MetricSpec,
} from "../metrics/spec.ts";

/** The service that owns the metrics of health checks. */
const service = { id: HEALTHCHECK_SERVICE_ID, name: "taskmon.health" } as const;
const name = "health.check.name";

/** The id is the one of OysterPack's gauge. */
const FAILURES = {
  service,
  id: HEALTHCHECK_METRIC_ID,
  name: "health.check.consecutive_failures",
  help: "How many runs of the check failed in a row; -1 before the first conclusive run.",
  unit: "{failure}",
} as const;

/** One series per check, by name. */
export const consecutiveFailures: MetricSpec<"gauge", { readonly "health.check.name": string }> =
  defineGauge({ ...FAILURES, labels: [name] });

/** The same metric as OysterPack labels and describes it: by the check's id in hex. */
export const originalConsecutiveFailures: MetricSpec<"gauge", { readonly healthcheck: string }> =
  defineGauge({ ...FAILURES, help: "HealthChecks", labels: [HEALTHCHECK_METRIC_LABEL] });

/** OysterPack's gauge of run durations. */
export const originalRunDuration: MetricSpec<"gauge", { readonly healthcheck: string }> =
  defineGauge({
    service,
    id: HEALTHCHECK_RUN_DURATION_METRIC_ID,
    name: "health.check.last_run.duration",
    help: "HealthCheck run durations in nanoseconds",
    unit: "ns",
    labels: [HEALTHCHECK_METRIC_LABEL],
  });

const checkStatus = defineUpDownCounter({
  service,
  id: "0x1",
  name: "health.check.status",
  help: "The state of the check: 1 for its current state, 0 for the others.",
  labels: [name, "health.check.state"],
});

const duration = defineHistogram({
  service,
  id: "0x2",
  name: "health.check.duration",
  help: "The duration of the check's runs, by outcome.",
  unit: "s",
  labels: [name, "health.check.outcome"],
  buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
});

const transitions = defineCounter({
  service,
  id: "0x3",
  name: "health.check.transitions",
  help: "Changes of the check from one state to another.",
  unit: "{transition}",
  labels: [name, "from", "to"],
});

const skipped = defineCounter({
  service,
  id: "0x4",
  name: "health.check.skipped",
  help: "Scheduled runs that were dropped because their time had passed.",
  unit: "{run}",
  labels: [name],
});

/** The state of a check: its status, or `paused`. */
export type CheckState = Status | "paused";

/** Every state, in the order in which they are exported. */
const STATES: readonly CheckState[] = ["pass", "warn", "fail", "unknown", "paused"];

const OUTCOMES: readonly Outcome[] = ["pass", "warn", "fail", "unknown"];

/** The metrics of one check. */
export interface CheckMetrics {
  result(result: CheckResult): void;
  /** The check is in this state from now on. */
  state(state: CheckState): void;
  skipped(runs: number): void;
  /** Removes the check's series from every reader. */
  remove(): void;
}

/**
 * Registers the metrics of health checks.
 * @param original whether to export OysterPack's two gauges, whose label is the check's id in hex
 * @returns a function that makes the metrics of one check
 */
export function healthMetrics(
  registry: MetricRegistry,
  original: boolean,
): (check: { readonly name: string; readonly id: bigint }) => CheckMetrics {
  const statusMetric = registry.upDownCounter(checkStatus);
  const durationMetric = registry.histogram(duration);
  const transitionMetric = registry.counter(transitions);
  const skippedMetric = registry.counter(skipped);
  const byIdFailures = original ? registry.gauge(originalConsecutiveFailures) : undefined;
  const byNameFailures = original ? undefined : registry.gauge(consecutiveFailures);
  const lastDuration = original ? registry.gauge(originalRunDuration) : undefined;

  return (check) => {
    const byName = { [name]: check.name } as const;
    const byId = { healthcheck: formatId(check.id) };
    const inState = STATES.map(
      (state) => [state, { ...byName, "health.check.state": state }] as const,
    );
    const withOutcome = OUTCOMES.map(
      (outcome) => [outcome, { ...byName, "health.check.outcome": outcome }] as const,
    );
    const states = new Map(inState.map(([state, labels]) => [state, statusMetric.bind(labels)]));
    const durations = new Map(withOutcome);
    let failures: number | undefined = -1;
    let lastRunNs: number | undefined;
    let current: CheckState | undefined;

    byIdFailures?.observe(() => failures, byId);
    byNameFailures?.observe(() => failures, byName);
    lastDuration?.observe(() => lastRunNs, byId);
    return {
      result(result) {
        failures = result.consecutiveFailures;
        lastRunNs = Math.round(result.durationMs * 1e6);
        durationMetric.record(result.durationMs / 1_000, durations.get(result.outcome)!);
      },
      state(state) {
        if (state === current) return;
        if (current !== undefined) {
          states.get(current)?.add(-1);
          transitionMetric.add(1, { ...byName, from: current, to: state });
        }
        states.get(state)?.add(1);
        current = state;
      },
      skipped(runs) {
        skippedMetric.add(runs, byName);
      },
      remove() {
        if (current !== undefined) states.get(current)?.add(-1);
        current = undefined;
        failures = undefined;
        lastRunNs = undefined;
        byIdFailures?.remove(byId);
        byNameFailures?.remove(byName);
        lastDuration?.remove(byId);
        for (const [, labels] of inState) statusMetric.remove(labels);
        for (const [, labels] of withOutcome) durationMetric.remove(labels);
        skippedMetric.remove(byName);
        for (const from of STATES) {
          for (const to of STATES) transitionMetric.remove({ ...byName, from, to });
        }
      },
    };
  };
}
