import { backoffMs } from "../../shared/backoff.ts";
import { aboutNow, type Clock } from "../../shared/clock.ts";
import { type Life, type LifeState, Living } from "./lifecycle.ts";
import { ServiceLife } from "./service-life.ts";
import type { DeathPolicy, ServiceContext, ServiceSpec } from "./service-spec.ts";
import type { ServiceStop } from "./service-stop.ts";

/** The callbacks of a service to its app. They must not throw. */
export interface ServiceHooks {
  /** Its argument at each start. */
  context(service: Service, signal: AbortSignal): ServiceContext;
  changed(service: Service, state: LifeState): void;
  /** It took so long to become alive. */
  started(service: Service, durationMs: number): void;
  /** It is told to end. */
  killed(service: Service): void;
  stopped(service: Service, stop: ServiceStop): void;
  restarting(service: Service): void;
  /** It ended by itself, and its policy is to take the app along. */
  endApp(service: Service, reason: unknown): void;
  failed(error: unknown): void;
}

/** Waits between restarts. */
const BACKOFF = { firstMs: 1_000, maxMs: 60_000, jitter: 0.2 } as const;

/** After this lifetime, the waits between restarts begin at the shortest again. */
const STABLE_MS = 60_000;

/** A registered service: the life that it has, and what follows when that ends by itself. */
export class Service extends Living {
  readonly spec: ServiceSpec;
  readonly #clock: Clock;
  readonly #hooks: ServiceHooks;
  #current: ServiceLife;
  #sinceMs: number;
  /** Failures since it last lived for long. */
  #failures = 0;
  #restarts = 0;
  #cancelRestart: (() => void) | undefined;
  /** Whether nobody wants it alive any more. */
  #isUnwanted = false;

  /** @internal Use the app's `register`. */
  constructor(spec: ServiceSpec, clock: Clock, hooks: ServiceHooks) {
    super();
    this.spec = spec;
    this.#clock = clock;
    this.#hooks = hooks;
    this.#sinceMs = clock.wallTime();
    this.#current = this.#newLife();
  }

  get id(): bigint {
    return this.spec.id;
  }

  get name(): string {
    return this.spec.name;
  }

  /** When it came into this state. */
  get since(): Date {
    return new Date(this.#sinceMs);
  }

  /** How often it was restarted. */
  get restarts(): number {
    return this.#restarts;
  }

  /** @internal */
  protected get life(): Life {
    return this.#current.life;
  }

  /** Stops it, and does not restart it. Services that depend on it continue. @returns a promise that resolves when it has ended */
  kill(reason?: unknown): Promise<ServiceStop> {
    const isNews = !this.#isUnwanted && (this.state === "starting" || this.state === "alive");
    this.#isUnwanted = true;
    this.#cancelRestart?.();
    if (isNews) this.#hooks.killed(this);
    return this.#current.stop(reason);
  }

  /**
   * @internal Starts it. Rejects with an AppError of the kind `ServiceInitFailed` where that fails, takes
   * too long, or is called off by the end of the service.
   */
  start(): Promise<void> {
    return this.#current.start();
  }

  #endedByItself(reason: unknown, livedMs: number): void {
    if (this.#isUnwanted) return;
    const policy: DeathPolicy = this.spec.whenDead ?? (reason === undefined ? "ignore" : "end");
    if (policy === "end") this.#hooks.endApp(this, reason);
    if (policy !== "restart") return;
    if (livedMs >= STABLE_MS) this.#failures = 0;
    this.#restartLater();
  }

  #restartLater(): void {
    this.#failures += 1;
    this.#hooks.restarting(this);
    const delayMs = backoffMs(this.#failures, BACKOFF);
    this.#cancelRestart = this.#clock.after(delayMs, () => void this.#restart());
  }

  async #restart(): Promise<void> {
    if (this.#isUnwanted) return;
    this.#restarts += 1;
    this.#current = this.#newLife();
    try {
      await this.start();
    } catch (error) {
      this.#hooks.failed(error);
      if (!this.#isUnwanted) this.#restartLater();
    }
  }

  #newLife(): ServiceLife {
    let aliveAtMs = 0;
    let livedMs = 0;
    return new ServiceLife(this.spec, this.#clock, {
      context: (signal) => this.#hooks.context(this, signal),
      changed: (state) => {
        this.#sinceMs = this.#clock.wallTime();
        if (state === "alive") aliveAtMs = aboutNow(this.#clock);
        if (state === "dying") livedMs = aboutNow(this.#clock) - aliveAtMs;
        this.#hooks.changed(this, state);
      },
      started: (durationMs) => this.#hooks.started(this, durationMs),
      stopped: (stop) => this.#hooks.stopped(this, stop),
      endedByItself: (reason) => this.#endedByItself(reason, livedMs),
    });
  }
}
