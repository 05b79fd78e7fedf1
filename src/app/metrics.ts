import { formatId } from "../identity/id.ts";
import type { MetricRegistry } from "../metrics/registry.ts";
import { defineCounter, defineGauge, defineHistogram } from "../metrics/spec.ts";
import type { ErrorSpec } from "./errors/error-spec.ts";
import type { StopOutcome } from "./services/service-stop.ts";

const service = { id: "0x7461736b6d6f6e0a", name: "taskmon.app" } as const;
const SECONDS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60];

const services = defineGauge({
  service,
  id: "0x1",
  name: "taskmon.app.services",
  help: "Services of the app by the state that they are in.",
  unit: "{service}",
  labels: ["taskmon.app.service.state"],
});

const startDuration = defineHistogram({
  service,
  id: "0x2",
  name: "taskmon.app.service.start.duration",
  help: "How long services took to become alive.",
  unit: "s",
  labels: ["taskmon.app.service.name"],
  buckets: SECONDS,
});

const stopDuration = defineHistogram({
  service,
  id: "0x3",
  name: "taskmon.app.service.stop.duration",
  help: "How long services took to end, by what became of them.",
  unit: "s",
  labels: ["taskmon.app.service.name", "taskmon.outcome"],
  buckets: SECONDS,
});

const restarts = defineCounter({
  service,
  id: "0x4",
  name: "taskmon.app.service.restarts",
  help: "Restarts of services that ended by themselves.",
  unit: "{restart}",
  labels: ["taskmon.app.service.name"],
});

const errors = defineCounter({
  service,
  id: "0x5",
  name: "taskmon.app.errors",
  help: "Errors that were reported, by kind.",
  unit: "{error}",
  labels: ["taskmon.error.id", "taskmon.error.type", "taskmon.error.severity"],
});

/** Records the lifecycle of the app's services. */
export interface AppMetrics {
  /** Exports the number of services in a state. */
  observe(state: string, read: () => number): void;
  started(name: string, durationMs: number): void;
  stopped(name: string, outcome: StopOutcome, durationMs: number): void;
  restarted(name: string): void;
  error(spec: ErrorSpec): void;
}

export function appMetrics(registry: MetricRegistry): AppMetrics {
  const byState = registry.gauge(services);
  const starts = registry.histogram(startDuration);
  const stops = registry.histogram(stopDuration);
  const again = registry.counter(restarts);
  const failures = registry.counter(errors);
  return {
    observe: (state, read) => byState.observe(read, { "taskmon.app.service.state": state }),
    started: (name, durationMs) =>
      starts.record(durationMs / 1_000, { "taskmon.app.service.name": name }),
    stopped: (name, outcome, durationMs) =>
      stops.record(durationMs / 1_000, {
        "taskmon.app.service.name": name,
        "taskmon.outcome": outcome,
      }),
    restarted: (name) => again.add(1, { "taskmon.app.service.name": name }),
    error: ({ id, type, severity }) =>
      failures.add(1, {
        "taskmon.error.id": formatId(id),
        "taskmon.error.type": type,
        "taskmon.error.severity": severity,
      }),
  };
}
