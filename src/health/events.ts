import { createReporter } from "../shared/report.ts";
import { VERSION } from "../shared/version.ts";

/** A log record that is an event, as an OpenTelemetry Logger takes it. */
export interface EventRecord {
  readonly eventName: string;
  /** A severity number of the OpenTelemetry log data model: 9 for info, 13 warn, 17 error. */
  readonly severityNumber: number;
  readonly severityText: string;
  readonly body: string;
  readonly attributes: Record<string, string | number | boolean>;
}

/** What takes events: an OpenTelemetry Logger is one. */
export interface EventSink {
  emit(record: EventRecord): void;
}

/** What makes a logger: an OpenTelemetry LoggerProvider is one. */
export interface EventSinkProvider {
  getLogger(name: string, version?: string): EventSink;
}

/** The events of health checks, with the 64-bit ids that they are known by. */
export const events = {
  registered: { eventName: "health.check.registered", id: "b5f3142d410a2375" },
  unregistered: { eventName: "health.check.unregistered", id: undefined },
  paused: { eventName: "health.check.paused", id: "c7a3b54188e75210" },
  resumed: { eventName: "health.check.resumed", id: "c4dc7b2938caf3a9" },
  result: { eventName: "health.check.result", id: "a68e0475cc1839be" },
  none: { eventName: "health.check.none", id: "8c805853a70ec666" },
} as const;

const SEVERITIES = { info: 9, warn: 13, error: 17 } as const;

/** Emits an event. */
export type Emit = (
  event: keyof typeof events,
  severity: keyof typeof SEVERITIES,
  body: string,
  attributes?: Readonly<Record<string, string | number | boolean | undefined>>,
) => void;

/** Emits to `sink`, which may throw; nothing goes anywhere without one. */
export function eventEmitter(sink: EventSink | EventSinkProvider | undefined): Emit {
  if (sink === undefined) return () => {};
  const report = createReporter("health");
  const logger = "getLogger" in sink ? sink.getLogger("taskmon.health", VERSION) : sink;
  return (event, severity, body, attributes = {}) => {
    const { eventName, id } = events[event];
    const known: EventRecord["attributes"] = id === undefined ? {} : { "taskmon.event.id": id };
    for (const [key, value] of Object.entries(attributes)) {
      if (value !== undefined) known[key] = value;
    }
    try {
      logger.emit({
        eventName,
        severityNumber: SEVERITIES[severity],
        severityText: severity.toUpperCase(),
        body,
        attributes: known,
      });
    } catch (error) {
      report.errorOnce("events", "An event could not be logged", error);
    }
  };
}
