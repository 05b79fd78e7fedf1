import { type Clock, systemClock } from "../shared/clock.ts";
import { InvalidOptionError, messageOf, TaskmonError } from "../shared/errors.ts";
import { keysOf, numberOption, optionsObject } from "../shared/options.ts";
import { withTimeout } from "../shared/timeout.ts";
import type { Metric } from "./metric.ts";

/** Computes metrics that describe the whole fleet, and records them to their handles. */
export type GlobalCallback = (context: { readonly signal: AbortSignal }) => void | Promise<void>;

/** Options of `runGlobalCallbacks`. */
export interface RunGlobalCallbacksOptions {
  /** The time limit of one callback, in milliseconds, 1 to 600,000. @default 30000 */
  readonly timeoutMs?: number;
  /** Aborts the callbacks. @default none */
  readonly signal?: AbortSignal;
  /** For tests. @default the machine's clock */
  readonly clock?: Clock;
}

/** One or more global callbacks failed; the results of the others are exported. */
export class GlobalCallbackError extends TaskmonError {
  readonly code = "ERR_TASKMON_GLOBAL_CALLBACK";
}

interface Registered {
  readonly metrics: readonly Metric[];
  readonly compute: GlobalCallback;
}

const KEYS = keysOf<RunGlobalCallbacksOptions>({ timeoutMs: true, signal: true, clock: true });

/**
 * Manages metrics that describe the whole fleet. Only one process computes them at a time, for example the
 * one that gets a cron job's request. Each reader exports the result of a run once. Then the metrics are
 * absent again, so that another process can compute them next. The rules are those of LUCI's
 * `RegisterGlobalCallback`.
 */
export class GlobalCallbacks {
  readonly #registered = new Set<Registered>();
  #underWay: Promise<void> | undefined;

  /**
   * @returns a function that removes the callback
   * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
   */
  add(metrics: readonly Metric[], compute: GlobalCallback): () => void {
    if (metrics.length === 0) {
      throw new InvalidOptionError(
        "globalCallback.specs",
        "a list of at least one metric",
        metrics,
      );
    }
    if (typeof compute !== "function") {
      throw new InvalidOptionError("globalCallback.compute", "a function", compute);
    }
    const registered: Registered = { metrics, compute };
    for (const metric of metrics) metric.clear();
    this.#registered.add(registered);
    return () => void this.#registered.delete(registered);
  }

  /** Runs all callbacks, one after the other. If they are already running, it waits for that run. */
  run(options?: RunGlobalCallbacksOptions): Promise<void> {
    const {
      clock = systemClock(),
      signal,
      ...given
    } = optionsObject("runGlobalCallbacks", options, KEYS);
    const timeoutMs = numberOption("runGlobalCallbacks.timeoutMs", given.timeoutMs, {
      min: 1,
      max: 600_000,
      default: 30_000,
    });
    return (this.#underWay ??= this.#run(clock, timeoutMs, signal).finally(() => {
      this.#underWay = undefined;
    }));
  }

  async #run(clock: Clock, timeoutMs: number, signal: AbortSignal | undefined): Promise<void> {
    const errors: unknown[] = [];
    for (const { metrics, compute } of [...this.#registered]) {
      for (const metric of metrics) metric.clear();
      try {
        await withTimeout(
          clock,
          "A global callback",
          timeoutMs,
          async (limit) => compute({ signal: limit }),
          signal,
        );
        for (const metric of metrics) metric.globalRun = (metric.globalRun ?? 0) + 1;
      } catch (error) {
        // What it recorded is incomplete.
        for (const metric of metrics) metric.clear();
        errors.push(error);
      }
    }
    if (errors.length === 0) return;
    const cause = errors.length === 1 ? errors[0] : new AggregateError(errors);
    const reasons = errors.map((error) => messageOf(error)).join("; ");
    throw new GlobalCallbackError(`A global callback failed: ${reasons}`, { cause });
  }
}
