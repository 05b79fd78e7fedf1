import { diag, DiagConsoleLogger, DiagLogLevel } from "@opentelemetry/api";
import type { Environment } from "../shared/environment.ts";
import { describe, isTaskmonError } from "../shared/errors.ts";
import { createReporter, type Reporter } from "../shared/report.ts";
import { diagLogger } from "../shared/api.ts";

/** Reports errors in the environment's variables. */
export interface StartReport extends Pick<Reporter, "warnOnce"> {
  /** A variable, or an option that it came to, is wrong and left out. */
  problem(error: unknown): void;
}

export function startReport(): StartReport {
  const reporter = createReporter("register");
  return {
    warnOnce: (cause, message, error) => reporter.warnOnce(cause, message, error),
    problem(error) {
      const message = error instanceof Error ? error.message : describe(error);
      const problem = isTaskmonError(error) ? `${error.code}: ${message}` : message;
      reporter.warnOnce(message, `${problem}; it is left out`);
    },
  };
}

/** Shows OpenTelemetry's warnings on the console, unless the program or its variables set a logger. */
export function logToConsole(env: Environment): void {
  if (env["OTEL_LOG_LEVEL"]?.trim() || diagLogger() !== undefined) return;
  diag.setLogger(new DiagConsoleLogger(), { logLevel: DiagLogLevel.WARN });
}
