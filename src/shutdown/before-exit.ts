import { methodsOption, optionsObject } from "../shared/options.ts";
import { createReporter } from "../shared/report.ts";
import { DEFAULT_TIMEOUT_MS, timeoutOption } from "./options.ts";

/** Options of {@link shutdownBeforeExit}. */
export interface BeforeExitOptions {
  /** The longest that the process goes on for it, in milliseconds. @default 8000 */
  readonly timeoutMs?: number;
}

/**
 * Shuts `target` down when the process, or the worker thread, has nothing left to do: so that a job
 * that is done exports what it measured. It ends that much later, with the exit code that it would
 * have had. Not for `process.exit()`, nor for an uncaught exception, which leave no time.
 * @returns a function that ends it
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function shutdownBeforeExit(
  target: { shutdown(options: { readonly timeoutMs: number }): Promise<unknown> },
  options?: BeforeExitOptions,
): () => void {
  methodsOption("target", target, ["shutdown"]);
  const given = optionsObject("shutdownBeforeExit", options, ["timeoutMs"]);
  const timeoutMs = timeoutOption(
    "shutdownBeforeExit.timeoutMs",
    given.timeoutMs,
    DEFAULT_TIMEOUT_MS,
  );
  const report = createReporter("shutdown");
  const end = async (): Promise<void> => {
    try {
      await target.shutdown({ timeoutMs });
    } catch (error) {
      report.errorOnce("before exit", "The shutdown failed", error);
    }
  };
  // Once: Node.js asks again when what the listener began is done.
  const onBeforeExit = (): void => void end();
  process.once("beforeExit", onBeforeExit);
  return () => void process.removeListener("beforeExit", onBeforeExit);
}
