import type { MetricRegistry } from "../metrics/registry.ts";
import { defineCounter, defineHistogram, defineUpDownCounter } from "../metrics/spec.ts";
import type { Decision } from "./service.ts";
import type { ServiceState } from "./standing.ts";
import { TRIGGER_SLOTS, type TriggerOutcome, type TriggerSlot } from "./trigger.ts";

const service = { id: "0x7461736b6d6f6e21", name: "taskmon.monitor" } as const;
const name = "health.monitor.name";

const status = defineUpDownCounter({
  service,
  id: "0x1",
  name: "health.monitor.status",
  help: "The state of the service: 1 for its current state, 0 for the others.",
  labels: [name, "health.monitor.state"],
});

const transitions = defineCounter({
  service,
  id: "0x2",
  name: "health.monitor.transitions",
  help: "Changes of the service from one state to another.",
  unit: "{transition}",
  labels: [name, "from", "to"],
});

const probeDuration = defineHistogram({
  service,
  id: "0x3",
  name: "health.monitor.probe.duration",
  help: "The duration of probes of the service, by result.",
  unit: "s",
  labels: {
    [name]: "string",
    "health.monitor.outcome": "string",
    "error.type": "string?",
  },
  buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
});

const recoveryDuration = defineHistogram({
  service,
  id: "0x4",
  name: "health.monitor.recovery.duration",
  help: "The time that the service took from down to up, counted from the first trigger if one was fired.",
  unit: "s",
  labels: [name],
  buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1_800],
});

const triggers = defineCounter({
  service,
  id: "0x5",
  name: "health.monitor.triggers",
  help: "Firings of triggers, by outcome.",
  unit: "{trigger}",
  labels: [name, "health.monitor.slot", "health.monitor.outcome"],
});

const requests = defineCounter({
  service,
  id: "0x6",
  name: "health.monitor.requests",
  help: "Requests to the service, by decision of its guard.",
  unit: "{request}",
  labels: [name, "health.monitor.decision"],
});

/** Every state, in the order in which they are exported. */
const STATES: readonly ServiceState[] = ["up", "down", "unknown"];
const DECISIONS: readonly Decision[] = ["forwarded", "unavailable", "error"];
const OUTCOMES: readonly TriggerOutcome[] = [
  ...(["done", "limited", "delayed", "failed", "timeout", "busy"] as const),
];
/** The slots as label values. */
const SLOTS: Readonly<Record<TriggerSlot, string>> = {
  ...{ always: "always", onUp: "on_up", onDown: "on_down" },
};

/** The result of a probe, as labels of its metric. */
export interface ProbeLabels {
  readonly outcome: "up" | "down" | "error" | "unknown";
  /** The type of the failure. */
  readonly errorType?: string | undefined;
}

/** The metrics of one service. */
export interface ServiceMetrics {
  /** It is in this state from now on. */
  state(state: ServiceState): void;
  probe(durationMs: number, found: ProbeLabels): void;
  recovered(durationMs: number): void;
  trigger(slot: TriggerSlot, outcome: TriggerOutcome): void;
  /** Counts a request. Must be cheap: it is called for each one. */
  request(decision: Decision): void;
  /** Removes the service's series from every reader. */
  remove(): void;
}

/** Registers the metrics of monitors. @returns a function that makes the metrics of one service */
export function monitorMetrics(registry: MetricRegistry): (name: string) => ServiceMetrics {
  const statusMetric = registry.upDownCounter(status);
  const transitionMetric = registry.counter(transitions);
  const durationMetric = registry.histogram(probeDuration);
  const recoveryMetric = registry.histogram(recoveryDuration);
  const triggerMetric = registry.counter(triggers);
  const requestMetric = registry.counter(requests);

  return (serviceName) => {
    const base = { [name]: serviceName } as const;
    const stateLabels = (state: ServiceState) => ({ ...base, "health.monitor.state": state });
    const states = new Map(
      STATES.map((state) => [state, statusMetric.bind(stateLabels(state))] as const),
    );
    const decided = Object.fromEntries(
      DECISIONS.map((decision) => [
        decision,
        requestMetric.bind({ ...base, "health.monitor.decision": decision }),
      ]),
    ) as Record<Decision, { add(value: number): void }>;
    const errorTypes = new Map<string, Parameters<typeof durationMetric.remove>[0]>();
    let current: ServiceState = "unknown";
    states.get(current)?.add(1);

    return {
      state(state) {
        if (state === current) return;
        states.get(current)?.add(-1);
        states.get(state)?.add(1);
        transitionMetric.add(1, { ...base, from: current, to: state });
        current = state;
      },
      probe(durationMs, { outcome, errorType }) {
        const labels = {
          ...base,
          "health.monitor.outcome": outcome,
          ...(errorType !== undefined && { "error.type": errorType }),
        };
        errorTypes.set(`${outcome} ${errorType}`, labels);
        durationMetric.record(durationMs / 1_000, labels);
      },
      recovered: (durationMs) => recoveryMetric.record(durationMs / 1_000, base),
      trigger: (slot, outcome) => triggerMetric.add(1, triggerLabels(base, slot, outcome)),
      request: (decision) => decided[decision].add(1),
      remove() {
        for (const state of STATES) statusMetric.remove(stateLabels(state));
        for (const from of STATES) {
          for (const to of STATES) transitionMetric.remove({ ...base, from, to });
        }
        for (const labels of errorTypes.values()) durationMetric.remove(labels);
        recoveryMetric.remove(base);
        for (const slot of TRIGGER_SLOTS) {
          for (const outcome of OUTCOMES) {
            triggerMetric.remove(triggerLabels(base, slot, outcome));
          }
        }
        for (const decision of DECISIONS) {
          requestMetric.remove({ ...base, "health.monitor.decision": decision });
        }
      },
    };
  };
}

function triggerLabels(
  base: { readonly [name]: string },
  slot: TriggerSlot,
  outcome: TriggerOutcome,
): {
  readonly [name]: string;
  readonly "health.monitor.slot": string;
  readonly "health.monitor.outcome": string;
} {
  return { ...base, "health.monitor.slot": SLOTS[slot], "health.monitor.outcome": outcome };
}
