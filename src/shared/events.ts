import { methodsOption } from "./options.ts";
import { createReporter } from "./report.ts";
import { VERSION } from "./version.ts";

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

/** How bad an event is. */
export type Severity = "info" | "warn" | "error";

/** The events of one part, by the short names that its code uses. */
export type EventKinds<K extends string = string> = Readonly<
  Record<
    K,
    {
      readonly eventName: string;
      /** The event's 64-bit id in OysterPack, in hex. */
      readonly id?: string | undefined;
    }
  >
>;

/** Emits an event. */
export type Emit<K extends string> = (
  event: K,
  severity: Severity,
  body: string,
  attributes?: Readonly<Record<string, string | number | boolean | undefined>>,
) => void;

const SEVERITIES = { info: 9, warn: 13, error: 17 } as const;

/**
 * Emits the events of one part to `sink`, which may throw. Without a sink, nothing happens.
 * @param part names the logger: `taskmon.<part>`
 */
export function eventEmitter<K extends string>(
  part: string,
  kinds: EventKinds<K>,
  sink: EventSink | EventSinkProvider | undefined,
): Emit<K> {
  if (sink === undefined) return () => {};
  const report = createReporter(part);
  let logger: EventSink | undefined;
  return (event, severity, body, attributes = {}) => {
    const { eventName, id } = kinds[event];
    const known: EventRecord["attributes"] = id === undefined ? {} : { "taskmon.event.id": id };
    for (const [key, value] of Object.entries(attributes)) {
      if (value !== undefined) known[key] = value;
    }
    try {
      logger ??= "getLogger" in sink ? sink.getLogger(`taskmon.${part}`, VERSION) : sink;
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

/**
 * Checks the option `events`.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` if the value is neither a Logger nor a
 *   LoggerProvider
 */
export function eventsOption(
  option: string,
  events: EventSink | EventSinkProvider | undefined,
): EventSink | EventSinkProvider | undefined {
  if (events === undefined) return undefined;
  return typeof events === "object" && events !== null && "getLogger" in events
    ? methodsOption(option, events, ["getLogger"])
    : methodsOption(option, events, ["emit"]);
}
