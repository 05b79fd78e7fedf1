import { messageOf } from "../shared/errors.ts";
import { Listeners } from "../shared/listeners.ts";
import { createReporter } from "../shared/report.ts";
import type { Emit } from "./events.ts";
import type { ServiceMetrics } from "./metrics.ts";
import type { Found } from "./prober.ts";
import type { MonitorEvents, ProbeView } from "./service.ts";
import type { ServiceState } from "./standing.ts";
import type { TriggerOutcome, TriggerSlot } from "./trigger.ts";

/** Reports what happens to a service: in metrics, events, the log, and to listeners. */
export class Announcer {
  readonly #service: string;
  readonly #metrics: ServiceMetrics;
  readonly #emit: Emit;
  readonly #report = createReporter("monitor");
  readonly #listeners = new Listeners<MonitorEvents>("service", this.#report);

  constructor(service: string, metrics: ServiceMetrics, emit: Emit) {
    this.#service = service;
    this.#metrics = metrics;
    this.#emit = emit;
  }

  on<E extends keyof MonitorEvents>(
    event: E,
    listener: (detail: MonitorEvents[E]) => void,
  ): () => void {
    return this.#listeners.on(event, listener);
  }

  /** @param errorType the type of the failure, if a probe caused this */
  state(from: ServiceState, to: ServiceState, errorType: string | undefined): void {
    const service = this.#service;
    this.#metrics.state(to);
    this.#emit("state", to === "down" ? "warn" : "info", `Service ${service} is ${to}`, {
      "health.monitor.name": service,
      "health.monitor.state": to,
      "health.monitor.state.before": from,
      "error.type": errorType,
    });
    this.#listeners.emit("state", { service, from, to });
  }

  probe(probe: ProbeView, found: Found): void {
    this.#metrics.probe(probe.durationMs, found);
    this.#listeners.emit("probe", { service: this.#service, probe });
  }

  recovered(tookMs: number): void {
    this.#metrics.recovered(tookMs);
  }

  trigger(slot: TriggerSlot, outcome: TriggerOutcome, error: Error | undefined): void {
    const service = this.#service;
    this.#metrics.trigger(slot, outcome);
    if (outcome === "failed" || outcome === "timeout") {
      this.#report.warnOnce(slot, `The trigger ${slot} of service ${service} failed`, error);
      this.#emit(
        "trigger",
        "warn",
        `The trigger ${slot} of ${service} failed: ${messageOf(error)}`,
        {
          "health.monitor.name": service,
          "health.monitor.slot": slot,
          "health.monitor.outcome": outcome,
        },
      );
    } else if (outcome === "done") {
      this.#report.recovered(slot, `The trigger ${slot} of service ${service} works again`);
    }
    const detail = { service, slot, outcome, ...(error !== undefined && { error }) };
    this.#listeners.emit("trigger", detail);
  }
}
