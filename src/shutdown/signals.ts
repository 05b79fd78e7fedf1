import { constants } from "node:os";
import { type Clock, systemClock } from "../shared/clock.ts";
import { InvalidOptionError } from "../shared/errors.ts";
import { methodsOption, optionsObject } from "../shared/options.ts";
import { createReporter } from "../shared/report.ts";
import { withTimeout } from "../shared/timeout.ts";
import { runExitReleases } from "./exit-release.ts";
import { keepAlive } from "../shared/keep-alive.ts";
import { DEFAULT_TIMEOUT_MS, timeoutOption } from "./options.ts";

/** What a signal shuts down: a Taskmon object, for example. */
export interface ShutdownTarget {
  shutdown(options: { readonly timeoutMs: number; readonly signal: AbortSignal }): Promise<unknown>;
}

/** What is shut down at the same time: a NodeSDK or a MeterProvider. */
export interface ShutdownSdk {
  shutdown(options?: { readonly timeoutMillis?: number }): Promise<unknown>;
}

/** Options of {@link shutdownOnSignals}. */
export interface SignalOptions {
  /** The signals that begin the shutdown. @default SIGTERM, SIGINT and SIGQUIT */
  readonly signals?: readonly NodeJS.Signals[];
  /** The time limit of the shutdown itself, in milliseconds. @default 8000 */
  readonly timeoutMs?: number;
  /**
   * Called before the shutdown, to close servers and wait for open requests, so that the last export
   * includes them. The signal aborts when its time is up. @default nothing
   */
  readonly before?: (signal: AbortSignal) => void | Promise<void>;
  /** The time limit of `before`, in milliseconds. @default 20000 */
  readonly beforeTimeoutMs?: number;
  /** For tests. @default the machine's clock */
  readonly clock?: Clock;
}

const KEYS: readonly (keyof SignalOptions)[] = [
  ...(["signals", "timeoutMs", "before", "beforeTimeoutMs", "clock"] as const),
];
const SIGNALS: readonly NodeJS.Signals[] = ["SIGTERM", "SIGINT", "SIGQUIT"];
/** These end or stop a process without asking it. */
const UNHEARD: readonly string[] = ["SIGKILL", "SIGSTOP"];
const BEFORE_TIMEOUT_MS = 20_000;

/** Marks our listeners, for all copies of this package in the process. */
const OURS = Symbol.for("taskmon.signal-listener");

/** The extra time for a target that does not keep its time limit, for example one of your own. */
const LATE_MS = 1_000;

/** After this time we exit instead: the kernel ignores signals to the first process of a container. */
const IGNORED_AFTER_MS = 100;

/**
 * Shuts `target` down at a signal, and then lets the signal end the process, so that the parent process
 * sees it. If the program has its own listener for the signal, that listener decides how the process ends
 * and with which exit code.
 *
 * A second signal ends the process at once. Signals reach the main thread only; elsewhere this does
 * nothing.
 * @param sdk is shut down at the same time, so that the last export includes its own measurements
 *   @returns a function that stops listening, also during a shutdown
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function shutdownOnSignals(
  target: ShutdownTarget,
  sdk: ShutdownSdk,
  options?: SignalOptions,
): () => void;
export function shutdownOnSignals(target: ShutdownTarget, options?: SignalOptions): () => void;
export function shutdownOnSignals(
  target: ShutdownTarget,
  second?: ShutdownSdk | SignalOptions,
  third?: SignalOptions,
): () => void {
  methodsOption("target", target, ["shutdown"]);
  const [sdk, options] = isSdk(second) ? [second, third] : [undefined, second];
  const given = optionsObject("shutdownOnSignals", options, KEYS);
  const listener = new SignalListener(sdk === undefined ? target : bothOf(target, sdk), {
    signals: signalsOption(given.signals),
    timeoutMs: timeoutOption("shutdownOnSignals.timeoutMs", given.timeoutMs, DEFAULT_TIMEOUT_MS),
    before: functionOption(given.before),
    beforeTimeoutMs: timeoutOption(
      "shutdownOnSignals.beforeTimeoutMs",
      given.beforeTimeoutMs,
      BEFORE_TIMEOUT_MS,
    ),
    clock: given.clock ?? systemClock(),
  });
  if (!process.getBuiltinModule("node:worker_threads").isMainThread) return () => undefined;
  listener.listen();
  return () => listener.dispose();
}

function isSdk(value: ShutdownSdk | SignalOptions | undefined): value is ShutdownSdk {
  return typeof (value as Partial<ShutdownSdk> | undefined)?.shutdown === "function";
}

/** Shuts both down at once, waits for both, and rejects with the first error. */
function bothOf(target: ShutdownTarget, sdk: ShutdownSdk): ShutdownTarget {
  return {
    async shutdown(options) {
      const results = await Promise.allSettled([
        target.shutdown(options),
        // In its own function, because it may throw.
        (async () => sdk.shutdown({ timeoutMillis: options.timeoutMs }))(),
      ]);
      for (const result of results) if (result.status === "rejected") throw result.reason;
    },
  };
}

class SignalListener {
  readonly #target: ShutdownTarget;
  readonly #options: Required<SignalOptions>;
  readonly #report = createReporter("shutdown");
  readonly #rest = new AbortController();
  readonly #onSignal: (signal: NodeJS.Signals) => void;
  #isEnding = false;
  #isDisposed = false;

  constructor(target: ShutdownTarget, options: Required<SignalOptions>) {
    this.#target = target;
    this.#options = options;
    this.#onSignal = Object.assign((signal: NodeJS.Signals) => this.#take(signal), {
      [OURS]: true,
    });
  }

  listen(): void {
    // Before the program's own listeners: those added by `once` are gone when they have run.
    for (const signal of this.#options.signals) process.prependListener(signal, this.#onSignal);
  }

  stop(): void {
    for (const signal of this.#options.signals) process.removeListener(signal, this.#onSignal);
  }

  /** Stops listening; other listeners decide how the process ends. */
  dispose(): void {
    this.#isDisposed = true;
    this.stop();
  }

  #take(signal: NodeJS.Signals): void {
    const isHandled = process.listeners(signal).some((listener) => !isOurs(listener));
    if (this.#isEnding) {
      this.#rest.abort(new Error(`${signal} came a second time`));
      if (!isHandled) this.#raise(signal);
      return;
    }
    this.#isEnding = true;
    void this.#end().then(() => {
      this.stop();
      // Another listener of ours that shuts down something else raises the signal when it is done.
      const isLast = !process.listeners(signal).some(isOurs);
      if (!isHandled && isLast && !this.#isDisposed) this.#raise(signal);
    });
  }

  /** Never rejects. The process is kept alive meanwhile. */
  async #end(): Promise<void> {
    const { before, beforeTimeoutMs, clock, timeoutMs } = this.#options;
    const { signal } = this.#rest;
    const end = keepAlive();
    const what = "What goes before the shutdown";
    await withTimeout(clock, what, beforeTimeoutMs, async (limit) => before(limit), signal).catch(
      (error: unknown) => this.#report.errorOnce("before", `${what} failed`, error),
    );
    await withTimeout(clock, "The shutdown", timeoutMs + LATE_MS, async () =>
      this.#target.shutdown({ timeoutMs, signal }),
    ).catch((error: unknown) => this.#report.errorOnce("shutdown", "The shutdown failed", error));
    end();
  }

  /** Raises the signal again, as if nobody had listened. */
  #raise(signal: NodeJS.Signals): void {
    this.stop();
    runExitReleases();
    process.kill(process.pid, signal);
    // Not unref'd: without it, a process whose loop is empty would end with code 0.
    setTimeout(() => process.exit(128 + constants.signals[signal]), IGNORED_AFTER_MS);
  }
}

function isOurs(listener: object): boolean {
  return OURS in listener;
}

function signalsOption(signals: readonly NodeJS.Signals[] = SIGNALS): readonly NodeJS.Signals[] {
  const isSignal = (name: unknown): boolean =>
    typeof name === "string" && name in constants.signals && !UNHEARD.includes(name);
  if (Array.isArray(signals) && signals.length > 0 && signals.every(isSignal)) return signals;
  throw new InvalidOptionError(
    "shutdownOnSignals.signals",
    "a list of signals that can be caught",
    signals,
  );
}

function functionOption(before: SignalOptions["before"]): Required<SignalOptions>["before"] {
  if (before === undefined) return () => undefined;
  if (typeof before === "function") return before;
  throw new InvalidOptionError("shutdownOnSignals.before", "a function", before);
}
