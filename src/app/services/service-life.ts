import { aboutNow, type Clock } from "../../shared/clock.ts";
import { TimeoutError, withTimeout } from "../../shared/timeout.ts";
import { type AppError, isError } from "../errors/app-error.ts";
import {
  SERVICE_INIT_FAILED,
  serviceInitFailed,
  serviceShutdownFailed,
} from "../errors/catalogue.ts";
import { disposalOf } from "./disposal.ts";
import { Life, type LifeState } from "./lifecycle.ts";
import type { ServiceContext, ServiceSpec } from "./service-spec.ts";
import type { ServiceStop, StopOutcome } from "./service-stop.ts";

/** The callbacks of one life of a service. They must not throw. */
export interface ServiceLifeHooks {
  /** The argument of the service's functions. */
  context(signal: AbortSignal): ServiceContext;
  changed(state: LifeState, before: LifeState): void;
  /** It took so long to become alive. */
  started(durationMs: number): void;
  stopped(stop: ServiceStop): void;
  /** Its work has returned, or has thrown the reason, and it has ended since. */
  endedByItself(reason: unknown): void;
}

/** One life of a service: its start, its work, its end. */
export class ServiceLife {
  readonly life: Life;
  readonly #spec: ServiceSpec;
  readonly #clock: Clock;
  readonly #hooks: ServiceLifeHooks;
  #context: ServiceContext | undefined;
  /** The running work. Never rejects. */
  #running: Promise<void> | undefined;
  /** Ends what `start` returned. */
  #dispose: (() => unknown) | undefined;
  #stopping: Promise<ServiceStop> | undefined;
  /** A start that was given up, and did not end in time. */
  #hungAtStart: TimeoutError | undefined;

  constructor(spec: ServiceSpec, clock: Clock, hooks: ServiceLifeHooks) {
    this.#spec = spec;
    this.#clock = clock;
    this.#hooks = hooks;
    this.life = new Life((state, before) => hooks.changed(state, before));
  }

  /**
   * Starts it. Rejects with an AppError of the kind `ServiceInitFailed` where that fails, takes too long,
   * or is called off by the end of the service.
   */
  async start(): Promise<void> {
    const { life } = this;
    const { id, name, startTimeoutMs } = this.#spec;
    if (life.state !== "new") {
      throw serviceInitFailed(id, name, new Error("it was killed before it began"));
    }
    const context = (this.#context = this.#hooks.context(life.signal));
    const startedAtMs = aboutNow(this.#clock);
    life.starting();
    const starting = this.#begin(context);
    try {
      const what = `The start of service ${name}`;
      await withTimeout(this.#clock, what, startTimeoutMs, () => starting, life.signal);
    } catch (cause) {
      const error = isError(cause, SERVICE_INIT_FAILED)
        ? (cause as AppError)
        : serviceInitFailed(id, name, cause);
      life.die(error);
      void this.#endOfStart(starting, context);
      throw error;
    }
    life.becomeAlive();
    this.#hooks.started(aboutNow(this.#clock) - startedAtMs);
    if (this.#spec.run !== undefined) this.#running = this.#run(context);
  }

  /** Stops it. Later calls wait for the same end. Never rejects. */
  stop(reason: unknown): Promise<ServiceStop> {
    this.#stopping ??= this.#stop(reason);
    return this.#stopping;
  }

  async #begin(context: ServiceContext): Promise<void> {
    this.#dispose = disposalOf(await this.#spec.start?.(context));
  }

  /** Calls `stop`; if there is none, disposes of the value that `start` returned. */
  async #finish(context: ServiceContext): Promise<void> {
    const { stop } = this.#spec;
    await (stop === undefined ? this.#dispose?.() : stop(context));
  }

  /** A start that was given up may come through all the same, and what it began must end then. */
  async #endOfStart(starting: Promise<void>, context: ServiceContext): Promise<void> {
    const ended = starting.then(
      () => this.#finish(context),
      () => undefined,
    );
    const { name, stopTimeoutMs } = this.#spec;
    const what = `The end of service ${name}`;
    await withTimeout(this.#clock, what, stopTimeoutMs, () => ended).catch((error: unknown) => {
      if (error instanceof TimeoutError) this.#hungAtStart = error;
    });
    this.life.end();
  }

  async #run(context: ServiceContext): Promise<void> {
    let reason: unknown;
    try {
      await this.#spec.run?.(context);
    } catch (error) {
      reason = error;
    }
    // Not awaited: its end waits for this.
    if (this.life.state === "alive") void this.#endByItself(reason);
  }

  async #endByItself(reason: unknown): Promise<void> {
    await this.stop(reason);
    this.#hooks.endedByItself(reason);
  }

  async #stop(reason: unknown): Promise<ServiceStop> {
    const before = this.life.state;
    this.life.die(reason);
    if (before !== "alive") return this.#stopUnborn(before);
    const { id, name } = this.#spec;
    const startedAtMs = aboutNow(this.#clock);
    let outcome: StopOutcome = "stopped";
    let error: AppError | undefined;
    try {
      await this.#stopInTime(this.#context!);
    } catch (cause) {
      outcome = cause instanceof TimeoutError ? "hung" : "failed";
      error = serviceShutdownFailed(id, name, cause);
    }
    const durationMs = aboutNow(this.#clock) - startedAtMs;
    const stop = { id, name, outcome, durationMs, ...(error !== undefined && { error }) };
    this.life.end();
    this.#hooks.stopped(stop);
    return stop;
  }

  /** Ends it where it never was alive: nothing was begun, or its start is still to give up. */
  async #stopUnborn(before: LifeState): Promise<ServiceStop> {
    const { id, name, stopTimeoutMs } = this.#spec;
    if (before === "new") this.life.end();
    await this.life.dead;
    const cause = before === "new" ? undefined : this.#hungAtStart;
    if (cause === undefined) return { id, name, outcome: "not_alive", durationMs: 0 };
    const error = serviceShutdownFailed(id, name, cause);
    return { id, name, outcome: "hung", durationMs: stopTimeoutMs, error };
  }

  async #stopInTime(context: ServiceContext): Promise<void> {
    const { name, stopTimeoutMs } = this.#spec;
    const end = async (signal: AbortSignal): Promise<void> => {
      // `stop` is called for a service whose `run` hangs too.
      await Promise.race([this.#running, aborted(signal)]);
      await this.#finish(context);
    };
    await withTimeout(this.#clock, `The end of service ${name}`, stopTimeoutMs, end);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
