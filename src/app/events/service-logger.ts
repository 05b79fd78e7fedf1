import { InvalidOptionError } from "../../shared/errors.ts";
import { SERVICE_LOG_LEVELS, type ServiceLogLevel } from "../../shared/log-level.ts";
import { createReporter, type Reporter } from "../../shared/report.ts";
import type { EventSpec } from "./event-spec.ts";
import type { LogAttributes, LogSink } from "./log-sink.ts";

/** The severity numbers of OpenTelemetry's log data model. */
const SEVERITIES = { debug: 5, info: 9, warn: 13, error: 17 } as const;

/** Above every severity. */
const NOTHING = 25;

/** Attributes, or a function that makes them, which is called only if the record is wanted. */
export type LazyAttributes = LogAttributes | (() => LogAttributes);

/** Logs for one service. Nothing that it calls can throw into the program. */
export class ServiceLogger {
  readonly #sink: LogSink;
  readonly #level: () => ServiceLogLevel;
  readonly #constants: LogAttributes;
  readonly #report: Reporter = createReporter("app");

  /**
   * @param level returns the level; called at each record
   * @param constants on every record
   */
  constructor(sink: LogSink, level: () => ServiceLogLevel, constants: LogAttributes) {
    this.#sink = sink;
    this.#level = level;
    this.#constants = constants;
  }

  /** Whether a record of this level is logged: ask before you build something costly. */
  enabled(level: Exclude<ServiceLogLevel, "none">, event?: EventSpec): boolean {
    return this.#wants(SEVERITIES[level], event);
  }

  debug(body: string, attributes?: LazyAttributes): void {
    this.#log(SEVERITIES.debug, "DEBUG", undefined, body, attributes);
  }

  info(body: string, attributes?: LazyAttributes): void {
    this.#log(SEVERITIES.info, "INFO", undefined, body, attributes);
  }

  warn(body: string, attributes?: LazyAttributes): void {
    this.#log(SEVERITIES.warn, "WARN", undefined, body, attributes);
  }

  error(body: string, attributes?: LazyAttributes): void {
    this.#log(SEVERITIES.error, "ERROR", undefined, body, attributes);
  }

  /** Emits an event of a declared kind. @param severity @default "info" */
  event(
    event: EventSpec,
    body: string,
    attributes?: LazyAttributes,
    severity: Exclude<ServiceLogLevel, "none"> = "info",
  ): void {
    this.#log(SEVERITIES[severity], severity.toUpperCase(), event, body, attributes);
  }

  /** Logs a record with its own severity number, for errors. */
  record(
    severityNumber: number,
    severityText: string,
    event: EventSpec,
    body: string,
    attributes: LazyAttributes,
  ): void {
    this.#log(severityNumber, severityText, event, body, attributes);
  }

  #wants(severityNumber: number, event: EventSpec | undefined): boolean {
    const level = this.#level();
    if (severityNumber < (level === "none" ? NOTHING : SEVERITIES[level])) return false;
    try {
      const name = event?.name;
      return (
        this.#sink.enabled?.({
          severityNumber,
          ...(name !== undefined && { eventName: name }),
        }) ?? true
      );
    } catch {
      return true;
    }
  }

  #log(
    severityNumber: number,
    severityText: string,
    event: EventSpec | undefined,
    body: string,
    attributes: LazyAttributes = {},
  ): void {
    if (!this.#wants(severityNumber, event)) return;
    try {
      const own = typeof attributes === "function" ? attributes() : attributes;
      this.#sink.emit({
        ...(event !== undefined && { eventName: event.name }),
        ...{ severityNumber, severityText, body },
        attributes: {
          ...this.#constants,
          ...(event?.id !== undefined && { "taskmon.event.id": event.id }),
          ...own,
        },
      });
    } catch (error) {
      this.#report.errorOnce("log", "A log record could not be written", error);
    }
  }
}

/** A level as it may come from outside. @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` */
export function serviceLogLevel(option: string, value: unknown): ServiceLogLevel {
  const text = typeof value === "string" ? value.toLowerCase() : value;
  const level = SERVICE_LOG_LEVELS.find((known) => known === text);
  if (level === undefined) {
    throw new InvalidOptionError(option, `one of ${SERVICE_LOG_LEVELS.join(", ")}`, value);
  }
  return level;
}
