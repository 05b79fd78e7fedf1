import { formatId } from "../../identity/id.ts";
import { classNameOf } from "../../shared/class-name.ts";
import { defineEvent, type EventSpec } from "../events/event-spec.ts";
import type { LogAttributes } from "../events/log-sink.ts";
import type { ServiceLogger } from "../events/service-logger.ts";
import type { AppError } from "./app-error.ts";
import { stackOf } from "./chain.ts";
import type { ErrorSeverity } from "./error-spec.ts";

/** The event name in the semantic conventions for an error that ended an operation. */
const EXCEPTION: EventSpec = defineEvent({ name: "taskmon.app.exception" });

/**
 * Severities of the log data model. `fatal`: the error ends the app; `high`: an operation failed; `low`: the error
 * is handled.
 */
const SEVERITIES: Readonly<Record<ErrorSeverity, readonly [number: number, text: string]>> = {
  low: [13, "WARN"],
  medium: [17, "ERROR"],
  high: [18, "ERROR2"],
  fatal: [21, "FATAL"],
};

/** Emits one log record for an error. */
export function logError(logger: ServiceLogger, error: AppError): void {
  const [number, text] = SEVERITIES[error.spec.severity];
  logger.record(number, text, EXCEPTION, error.message, () => attributesOf(error));
}

function attributesOf(error: AppError): LogAttributes {
  const { spec, origin, tags } = error;
  return {
    // The SDK's own mapping would use `code` as the type, and drop causes.
    "exception.type": typeOf(error),
    "exception.message": error.message,
    "exception.stacktrace": stackOf(error),
    "taskmon.error.id": formatId(spec.id),
    "taskmon.error.name": spec.name,
    "taskmon.error.type": spec.type,
    "taskmon.error.severity": spec.severity,
    "taskmon.error.uid": error.uid,
    "taskmon.error.fingerprint": error.fingerprint,
    ...(tags.length > 0 && { "taskmon.error.tags": tags }),
    ...(error.service !== 0n && { "taskmon.service.id": formatId(error.service) }),
    ...(origin !== undefined && {
      "taskmon.domain.id": formatId(origin.domain),
      "taskmon.app.id": formatId(origin.app),
      "taskmon.release.id": formatId(origin.release),
      "taskmon.instance.id": formatId(origin.instance),
      "process.pid": origin.pid,
      "host.name": origin.host,
    }),
  };
}

/** The class of what the error stands for; of one without a cause the name of its kind. */
function typeOf({ cause, spec }: AppError): string {
  return cause instanceof Error ? classNameOf(cause, cause.name) : spec.name;
}
