import { methodsOption, optionsObject } from "../shared/options.ts";
import { createReporter } from "../shared/report.ts";
import { DEFAULT_TIMEOUT_MS, timeoutOption } from "./options.ts";

/** Options of {@link shutdownBeforeExit}. */
export interface BeforeExitOptions {
  /** How long the process stays alive for the shutdown at most, in milliseconds. @default 8000 */
  readonly timeoutMs?: number;
}

/**
 * Shuts `target` down when the process or worker thread has nothing left to do, so that a finished job
 * exports its measurements. The exit code stays the same. `process.exit()` and an uncaught exception leave
 * no time for this.
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
  // Once: Node.js emits the event again when the listener's work is done.
  const onBeforeExit = (): void => void end();
  process.once("beforeExit", onBeforeExit);
  return () => void process.removeListener("beforeExit", onBeforeExit);
}
