import type { ServiceLogger } from "../events/service-logger.ts";
import { AppError, type ErrorOrigin } from "./app-error.ts";
import { bug } from "./catalogue.ts";
import { logError } from "./report-error.ts";

/** What reports need of the app. */
export interface ReportTarget {
  readonly origin: ErrorOrigin;
  /** The logger of the service that an error is of; zero is the app's id. */
  loggerOf(service: bigint): ServiceLogger;
  count(error: AppError): void;
}

/** Reports errors: one log record and one count, once for each error object. */
export class ErrorReports {
  readonly #target: ReportTarget;
  readonly #reported = new WeakSet<object>();

  constructor(target: ReportTarget) {
    this.#target = target;
  }

  /**
   * Reports an error. What is no AppError is a bug.
   * @returns what was reported, with the app's ids, and whether it is the first time
   */
  report(error: unknown): { readonly error: AppError; readonly isNew: boolean } {
    const known = error instanceof AppError ? error : bug(error);
    const complete = known.withOrigin(this.#target.origin);
    const key = typeof error === "object" && error !== null ? error : complete;
    if (this.#reported.has(key)) return { error: complete, isNew: false };
    this.#reported.add(key).add(complete);
    this.#target.count(complete);
    logError(this.#target.loggerOf(complete.service), complete);
    return { error: complete, isNew: true };
  }
}
