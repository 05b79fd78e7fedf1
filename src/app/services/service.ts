import { backoffMs } from "../../shared/backoff.ts";
import type { Clock } from "../../shared/clock.ts";
import { TimeoutError, withTimeout } from "../../shared/timeout.ts";
import { type AppError, isError } from "../errors/app-error.ts";
import {
  SERVICE_INIT_FAILED,
  serviceInitFailed,
  serviceShutdownFailed,
} from "../errors/catalogue.ts";
import { Life, type LifeState } from "./lifecycle.ts";
import type { DeathPolicy, ServiceContext, ServiceSpec } from "./service-spec.ts";

/**
 * What became of a service at the end. `hung`: it did not end in time, and nobody waits for it;
 * `unreached`: others that depend on it hung, so that it was told only when time was up.
 */
export type StopOutcome = "stopped" | "failed" | "hung" | "unreached" | "not_alive";

/** How a service ended. */
export interface ServiceStop {
  readonly id: bigint;
  readonly name: string;
  readonly outcome: StopOutcome;
  readonly durationMs: number;
  readonly error?: AppError;
}

/** What a service tells the app. Nothing throws. */
export interface ServiceHooks {
  /** What it is given at each start. */
  context(service: Service, signal: AbortSignal): ServiceContext;
  changed(service: Service, state: LifeState, before: LifeState): void;
  /** It took so long to become alive. */
  started(service: Service, durationMs: number): void;
  stopped(service: Service, stop: ServiceStop): void;
  restarting(service: Service, delayMs: number): void;
  /** It ended by itself, and its policy is to take the app along. */
  endApp(service: Service, reason: unknown): void;
  failed(error: AppError): void;
}

/** Waits between restarts. */
const BACKOFF = { firstMs: 1_000, maxMs: 60_000, jitter: 0.2 } as const;

/** A service that has lived for so long begins its waits anew. */
const STABLE_MS = 60_000;

/** A registered service: its life, and what ends it. */
export class Service {
  readonly spec: ServiceSpec;
  readonly #clock: Clock;
  readonly #hooks: ServiceHooks;
  #life: Life;
  /** The work under way, which settles without rejecting. */
  #running: Promise<void> | undefined;
  #context: ServiceContext | undefined;
  #stopping: Promise<ServiceStop> | undefined;
  #sinceMs: number;
  #failures = 0;
  #restarts = 0;
  #cancelRestart: (() => void) | undefined;
  /** A start that was given up, and did not end in time. */
  #hungAtStart: TimeoutError | undefined;
  /** Whether nobody wants it alive any more. */
  #isUnwanted = false;

  constructor(spec: ServiceSpec, clock: Clock, hooks: ServiceHooks) {
    this.spec = spec;
    this.#clock = clock;
    this.#hooks = hooks;
    this.#sinceMs = clock.wallTime();
    this.#life = this.#newLife();
  }

  get id(): bigint {
    return this.spec.id;
  }

  get name(): string {
    return this.spec.name;
  }

  get state(): LifeState {
    return this.#life.state;
  }

  /** When it came into this state. */
  get since(): Date {
    return new Date(this.#sinceMs);
  }

  /** How often it was restarted. */
  get restarts(): number {
    return this.#restarts;
  }

  /** Why it ended or ends: an error, where it was one; undefined where it was told to. */
  get reason(): unknown {
    return this.#life.reason;
  }

  /** Resolves when this life is alive; rejects with the reason where it dies before that. */
  get alive(): Promise<void> {
    return this.#life.alive;
  }

  /** Resolves when this life begins to end. */
  get dying(): Promise<void> {
    return this.#life.dying;
  }

  /** Resolves when this life has ended. */
  get dead(): Promise<void> {
    return this.#life.dead;
  }

  /** Aborts when this life begins to end. */
  get signal(): AbortSignal {
    return this.#life.signal;
  }

  /** Ends it, and does not restart it. Services that depend on it go on. @returns when it has ended */
  async kill(reason?: unknown): Promise<ServiceStop> {
    this.#isUnwanted = true;
    this.#cancelRestart?.();
    return this.#stop(reason);
  }

  /**
   * @internal Starts it. Rejects with an AppError of the kind `ServiceInitFailed` where that fails, takes
   * too long, or is called off by the end of the service.
   */
  async start(): Promise<void> {
    const life = this.#life;
    if (life.state !== "new") {
      throw serviceInitFailed(this.id, this.name, new Error("it was killed before it began"));
    }
    const context = (this.#context = this.#hooks.context(this, life.signal));
    const startedAtMs = this.#clock.now();
    life.starting();
    const starting = callOf(() => this.spec.start?.(context));
    try {
      await withTimeout(
        this.#clock,
        `The start of service ${this.name}`,
        this.spec.startTimeoutMs,
        () => starting,
        life.signal,
      );
    } catch (cause) {
      const error = isError(cause, SERVICE_INIT_FAILED)
        ? (cause as AppError)
        : serviceInitFailed(this.id, this.name, cause);
      life.die(error);
      void this.#endOfStart(life, starting, context);
      throw error;
    }
    life.becomeAlive();
    this.#hooks.started(this, this.#clock.now() - startedAtMs);
    this.#running = this.#run(life, context);
  }

  /** A start that was given up may come through all the same, and what it began must end then. */
  async #endOfStart(life: Life, starting: Promise<void>, context: ServiceContext): Promise<void> {
    const ended = starting.then(
      () => callOf(() => this.spec.stop?.(context)),
      () => undefined,
    );
    const { stopTimeoutMs } = this.spec;
    const what = `The end of service ${this.name}`;
    await withTimeout(this.#clock, what, stopTimeoutMs, () => ended).catch((error: unknown) => {
      if (error instanceof TimeoutError) this.#hungAtStart = error;
    });
    life.end();
  }

  async #run(life: Life, context: ServiceContext): Promise<void> {
    const { run } = this.spec;
    if (run === undefined) return;
    let reason: unknown;
    try {
      await run(context);
    } catch (error) {
      reason = error;
    }
    if (life.state !== "alive") return;
    // Not awaited: its end waits for this.
    void this.#endedByItself(life, reason);
  }

  async #endedByItself(life: Life, reason: unknown): Promise<void> {
    const livedMs = this.#clock.wallTime() - this.#sinceMs;
    await this.#stop(reason);
    if (this.#isUnwanted || life !== this.#life) return;
    const policy: DeathPolicy = this.spec.whenDead ?? (reason === undefined ? "ignore" : "end");
    if (policy === "end") this.#hooks.endApp(this, reason);
    if (policy !== "restart") return;
    if (livedMs >= STABLE_MS) this.#failures = 0;
    this.#restartLater();
  }

  #restartLater(): void {
    this.#failures += 1;
    const delayMs = backoffMs(this.#failures, BACKOFF);
    this.#hooks.restarting(this, delayMs);
    this.#cancelRestart = this.#clock.after(delayMs, () => void this.#restart());
  }

  async #restart(): Promise<void> {
    if (this.#isUnwanted) return;
    this.#restarts += 1;
    this.#life = this.#newLife();
    this.#stopping = undefined;
    try {
      await this.start();
    } catch (error) {
      this.#hooks.failed(error as AppError);
      if (!this.#isUnwanted) this.#restartLater();
    }
  }

  #stop(reason: unknown): Promise<ServiceStop> {
    this.#stopping ??= this.#end(reason);
    return this.#stopping;
  }

  async #end(reason: unknown): Promise<ServiceStop> {
    const life = this.#life;
    const before = life.state;
    const { id, name } = this;
    const { stopTimeoutMs, stop } = this.spec;
    life.die(reason);
    if (before !== "alive") {
      if (before === "new") life.end();
      await life.dead;
      const cause = before === "new" ? undefined : this.#hungAtStart;
      if (cause === undefined) return { id, name, outcome: "not_alive", durationMs: 0 };
      const late = serviceShutdownFailed(id, name, cause);
      return { id, name, outcome: "hung", durationMs: stopTimeoutMs, error: late };
    }
    const startedAtMs = this.#clock.now();
    const context = this.#context!;
    let outcome: StopOutcome = "stopped";
    let error: AppError | undefined;
    try {
      await withTimeout(
        this.#clock,
        `The end of service ${name}`,
        stopTimeoutMs,
        async (signal) => {
          await Promise.race([this.#running, aborted(signal)]);
          await callOf(() => stop?.(context));
        },
      );
    } catch (cause) {
      outcome = cause instanceof TimeoutError ? "hung" : "failed";
      error = serviceShutdownFailed(id, name, cause);
    }
    const durationMs = this.#clock.now() - startedAtMs;
    const stopped = { id, name, outcome, durationMs, ...(error !== undefined && { error }) };
    life.end();
    this.#hooks.stopped(this, stopped);
    return stopped;
  }

  #newLife(): Life {
    return new Life((state, before) => {
      this.#sinceMs = this.#clock.wallTime();
      this.#hooks.changed(this, state, before);
    });
  }
}

/** Calls a function of the program's, whether it is asynchronous or not. */
async function callOf(call: () => unknown): Promise<void> {
  await call();
}

/** Settles when the signal aborts, so that `stop` is called for a service whose `run` hangs. */
function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
