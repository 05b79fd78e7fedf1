/** The state of a service or an app. It never goes back; a restart begins a new lifecycle. */
export type LifeState = "new" | "starting" | "alive" | "dying" | "dead";

/** All states, in their order. */
export const STATES: readonly LifeState[] = ["new", "starting", "alive", "dying", "dead"];

/**
 * One life, as something to wait for: promises that settle and a signal that aborts. Nothing here rejects
 * that nobody waits for.
 */
export class Life {
  readonly #alive = Promise.withResolvers<void>();
  readonly #dying = Promise.withResolvers<void>();
  readonly #dead = Promise.withResolvers<void>();
  readonly #controller = new AbortController();
  readonly #onChange: (state: LifeState, before: LifeState) => void;
  #state: LifeState = "new";
  #reason: unknown;

  /** @param onChange called at each step; must not throw */
  constructor(onChange: (state: LifeState, before: LifeState) => void = () => {}) {
    this.#onChange = onChange;
    this.#alive.promise.catch(() => undefined);
  }

  get state(): LifeState {
    return this.#state;
  }

  /** Resolves when it is alive; rejects with the reason where it dies before that. */
  get alive(): Promise<void> {
    return this.#alive.promise;
  }

  /** Resolves when it begins to end. */
  get dying(): Promise<void> {
    return this.#dying.promise;
  }

  /** Resolves when it has ended. */
  get dead(): Promise<void> {
    return this.#dead.promise;
  }

  /** Aborts when it begins to end, with the reason. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The error because of which it ended or is ending; undefined if it was told to stop. */
  get reason(): unknown {
    return this.#reason;
  }

  starting(): void {
    if (this.#state === "new") this.#become("starting");
  }

  becomeAlive(): void {
    if (this.#state !== "starting") return;
    this.#become("alive");
    this.#alive.resolve();
  }

  /** Begins to stop. Only the first call counts. @returns whether it was the first */
  die(reason?: unknown): boolean {
    if (this.#state === "dying" || this.#state === "dead") return false;
    this.#reason = reason;
    this.#become("dying");
    this.#alive.reject(reason ?? new Error("It ended before it was alive"));
    this.#controller.abort(reason);
    this.#dying.resolve();
    return true;
  }

  /** It has ended. */
  end(): void {
    if (this.#state === "dead") return;
    this.die();
    this.#become("dead");
    this.#dead.resolve();
  }

  #become(state: LifeState): void {
    const before = this.#state;
    this.#state = state;
    this.#onChange(state, before);
  }
}

/** What has a life, to look at and to wait for. */
export abstract class Living {
  /** @internal The life that it has now. */
  protected abstract get life(): Life;

  get state(): LifeState {
    return this.life.state;
  }

  /** Resolves when it is alive; rejects with the reason where it dies before that. */
  get alive(): Promise<void> {
    return this.life.alive;
  }

  /** Resolves when it begins to end. */
  get dying(): Promise<void> {
    return this.life.dying;
  }

  /** Resolves when it has ended. */
  get dead(): Promise<void> {
    return this.life.dead;
  }

  /** Aborts when it begins to end, with the reason. */
  get signal(): AbortSignal {
    return this.life.signal;
  }

  /** The error because of which it ended or is ending; undefined if it was told to stop. */
  get reason(): unknown {
    return this.life.reason;
  }
}
