import { diag, DiagConsoleLogger, DiagLogLevel } from "@opentelemetry/api";
import type { Environment } from "../shared/environment.ts";
import { describe, isTaskmonError, messageOf } from "../shared/errors.ts";
import { createReporter } from "../shared/report.ts";

/** Where every copy of the API keeps what is registered. */
const API = Symbol.for("opentelemetry.js.api.1");
const PAGE = "docs/register.md";

/** Says what goes wrong while nobody may listen to `diag` yet. */
export interface StartReport {
  /** A variable, or an option that it came to, is wrong and left out. */
  problem(error: unknown): void;
  /** Each cause once. */
  warnOnce(cause: string, message: string, error?: unknown): void;
}

/** To the `diag` logger, or, where there is none, to the console: no code of the program's could have set it. */
export function startReport(): StartReport {
  const report = createReporter("register");
  const warnOnce: StartReport["warnOnce"] = (cause, message, error) => {
    if (hasDiagLogger()) return report.warnOnce(cause, message, error);
    const reason = error === undefined ? "" : `: ${messageOf(error)}`;
    console.warn(`taskmon.register ${message}${reason} (${PAGE})`);
  };
  return {
    warnOnce,
    problem(error) {
      const code = isTaskmonError(error) ? `${error.code}: ` : "";
      const message = error instanceof Error ? error.message : describe(error);
      warnOnce(message, `${code}${message}; it is left out`);
    },
  };
}

/** Shows warnings on the console, where the program and its variables say nothing of a logger. */
export function logToConsole(env: Environment): void {
  if (env["OTEL_LOG_LEVEL"]?.trim() || hasDiagLogger()) return;
  diag.setLogger(new DiagConsoleLogger(), { logLevel: DiagLogLevel.WARN });
}

function hasDiagLogger(): boolean {
  const api = (globalThis as Record<symbol, unknown>)[API] as
    | { readonly diag?: unknown }
    | undefined;
  return api?.diag !== undefined;
}
