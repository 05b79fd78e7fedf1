import * as api from "@opentelemetry/api";
import { InvalidOptionError } from "../../shared/errors.ts";

/** What a log record may contain in addition to its text. */
export type LogAttributes = Readonly<Record<string, string | number | boolean | readonly string[]>>;

/** A log record, as an OpenTelemetry Logger takes it. */
export interface LogRecordLike {
  readonly eventName?: string;
  readonly severityNumber: number;
  readonly severityText: string;
  readonly body: string;
  readonly attributes: Record<string, string | number | boolean | string[]>;
}

/** An OpenTelemetry Logger, structurally. */
export interface LogSink {
  emit(record: LogRecordLike): void;
  /** Called before a record is built. @default every record is wanted */
  enabled?(options: { readonly severityNumber: number; readonly eventName?: string }): boolean;
}

/** An OpenTelemetry LoggerProvider, structurally. */
export interface LogSinkProvider {
  getLogger(name: string, version?: string): LogSink;
}

type Method = (...args: unknown[]) => unknown;

/** The program's own logger: pino, winston, the console, or any object with the same methods. */
export interface ProgramLogger {
  debug: Method;
  info: Method;
  warn: Method;
  error: Method;
}

/** Where log records go. */
export type LoggerOption = LogSink | LogSinkProvider | ProgramLogger;

/**
 * Makes the sink of one service from the caller's option. Without the option, records go to the LoggerProvider
 * that is registered with OpenTelemetry's API, now or later. API 1.9 has its logs in another package, so there the
 * records go nowhere.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function sinkOf(logger: LoggerOption | undefined, name: string, version: string): LogSink {
  if (logger === undefined) return globalSink(name, version);
  if (typeof logger === "object" && logger !== null) {
    if ("getLogger" in logger) return logger.getLogger(name, version);
    if ("emit" in logger && !("info" in logger)) return logger;
    if (["debug", "info", "warn", "error"].every((method) => method in logger)) {
      return programSink(logger as ProgramLogger, name);
    }
  }
  throw new InvalidOptionError(
    "logger",
    "an OpenTelemetry Logger or LoggerProvider, or a logger with debug, info, warn and error",
    logger,
  );
}

/** The provider may be registered after us, so we look it up until there is a real one. */
function globalSink(name: string, version: string): LogSink {
  // Not a named import: API 1.9 has no such export, and would fail to load.
  const { logs } = api as { readonly logs?: LogSinkProvider };
  if (logs === undefined) return { emit() {}, enabled: () => false };
  return {
    emit: (record) => logs.getLogger(name, version).emit(record),
    enabled: (options) => logs.getLogger(name, version).enabled?.(options) ?? true,
  };
}

function programSink(logger: ProgramLogger, name: string): LogSink {
  // pino takes the fields first; winston and the console take the text first.
  const isPino = "bindings" in logger && "child" in logger;
  return {
    emit({ eventName, severityNumber, body, attributes }) {
      const fields = {
        logger: name,
        ...(eventName !== undefined && { event: eventName }),
        ...attributes,
      };
      const method = methodOf(severityNumber);
      if (isPino) logger[method](fields, body);
      else logger[method](body, fields);
    },
  };
}

function methodOf(severityNumber: number): keyof ProgramLogger {
  if (severityNumber >= 17) return "error";
  if (severityNumber >= 13) return "warn";
  return severityNumber >= 9 ? "info" : "debug";
}
