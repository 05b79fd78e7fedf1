import { integerOption } from "../../shared/options.ts";
import { serviceNotAlive } from "../errors/catalogue.ts";
import type { Service } from "../services/service.ts";
import { type Place, WaitingLine } from "./waiting-line.ts";

/** A function to run. Its result or error goes to the caller of `submit`. */
export type Command<T> = () => T | Promise<T>;

/** What a channel gets from its service. */
export type ChannelOwner = Pick<Service, "id" | "name" | "signal">;

/** The durations of a command, in milliseconds. */
export interface CommandTimes {
  /** From its submission until it began. */
  readonly waitedMs: number;
  readonly ranMs: number;
  readonly failed: boolean;
}

/** Options of {@link commandChannel}. */
export interface CommandChannelOptions {
  /** Called after each command; must not throw. @default nobody */
  readonly onRun?: (times: CommandTimes) => void;
  /** Wraps the run of a command, for example in a span. @default calls it directly */
  readonly around?: (run: () => Promise<unknown>) => Promise<unknown>;
}

/** A waiting command, and the promise of its caller. */
interface Waiting extends Place {
  readonly command: Command<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (reason: unknown) => void;
  readonly submittedAtMs: number;
  /** Stops listening to the caller's signal. */
  forget: (() => void) | undefined;
}

/**
 * A bounded queue of commands for one service. Every accepted command is run or rejected: when the service begins
 * to stop, waiting commands reject with `ServiceNotAlive`.
 */
export class CommandChannel {
  readonly #owner: ChannelOwner;
  readonly #size: number;
  readonly #onRun: CommandChannelOptions["onRun"];
  readonly #around: CommandChannelOptions["around"];
  /** The first `size` of them are in the queue, the others wait for room. */
  readonly #line = new WaitingLine<Waiting>();
  #wake: (() => void) | undefined;

  constructor(owner: ChannelOwner, size: number, options: CommandChannelOptions = {}) {
    this.#owner = owner;
    this.#size = integerOption("commandChannel.size", size, { min: 1, max: 65_535, default: 1 });
    this.#onRun = options.onRun;
    this.#around = options.around;
    const onDying = (): void => this.#close();
    if (owner.signal.aborted) onDying();
    else owner.signal.addEventListener("abort", onDying, { once: true });
  }

  /** How many commands wait to be run. */
  get depth(): number {
    return Math.min(this.#line.length, this.#size);
  }

  /** How many callers wait for room. */
  get waiting(): number {
    return Math.max(0, this.#line.length - this.#size);
  }

  /**
   * Submits a command; waits until the queue has room.
   * @param options.signal withdraws it, while it has not begun
   * @returns what the command returns
   *
   * Rejects with the command's error; with an AppError of the kind `ServiceNotAlive` if the service begins to stop
   * before the command begins; with the signal's reason if the signal aborts before that.
   */
  submit<T>(command: Command<T>, options?: { readonly signal?: AbortSignal }): Promise<T> {
    const signal = options?.signal;
    return new Promise<T>((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason as Error);
      if (this.#owner.signal.aborted) return reject(this.#notAlive());
      const waiting: Waiting = {
        command,
        resolve: resolve as (value: unknown) => void,
        reject,
        submittedAtMs: this.#onRun === undefined ? 0 : performance.now(),
        forget: undefined,
        before: undefined,
        behind: undefined,
      };
      if (signal !== undefined) this.#withdrawOn(signal, waiting);
      this.#line.join(waiting);
      this.#wake?.();
      this.#wake = undefined;
    });
  }

  /**
   * Runs the next command. For who serves the channel: one call at a time keeps the order.
   * @returns false if none waits; a promise if the command returned one
   */
  runNext(): boolean | Promise<boolean> {
    const next = this.#line.next();
    if (next === undefined) return false;
    next.forget?.();
    const { command } = next;
    const beganAtMs = this.#onRun === undefined ? 0 : performance.now();
    let result: unknown;
    try {
      result = this.#around === undefined ? command() : this.#around(async () => command());
    } catch (error) {
      next.reject(error);
      this.#ran(next, beganAtMs, true);
      return true;
    }
    if (isPromiseLike(result)) return this.#settled(next, result, beganAtMs);
    next.resolve(result);
    this.#ran(next, beganAtMs, false);
    return true;
  }

  /** Settles when a command waits, or the service begins to stop. */
  async ready(): Promise<void> {
    if (this.#line.length > 0 || this.#owner.signal.aborted) return;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
  }

  async #settled(
    waiting: Waiting,
    result: PromiseLike<unknown>,
    beganAtMs: number,
  ): Promise<boolean> {
    let failed = false;
    try {
      waiting.resolve(await result);
    } catch (error) {
      failed = true;
      waiting.reject(error);
    }
    this.#ran(waiting, beganAtMs, failed);
    return true;
  }

  #ran({ submittedAtMs }: Waiting, beganAtMs: number, failed: boolean): void {
    if (this.#onRun === undefined) return;
    const waitedMs = beganAtMs - submittedAtMs;
    this.#onRun({ waitedMs, ranMs: performance.now() - beganAtMs, failed });
  }

  #withdrawOn(signal: AbortSignal, waiting: Waiting): void {
    const onAbort = (): void => {
      this.#line.leave(waiting);
      waiting.reject(signal.reason);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    waiting.forget = () => signal.removeEventListener("abort", onAbort);
  }

  #notAlive(): Error {
    return serviceNotAlive(this.#owner.id, this.#owner.name);
  }

  #close(): void {
    for (let one = this.#line.next(); one !== undefined; one = this.#line.next()) {
      one.forget?.();
      one.reject(this.#notAlive());
    }
    this.#wake?.();
    this.#wake = undefined;
  }
}

function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return (
    value instanceof Promise ||
    (typeof value === "object" && value !== null && "then" in value && isFunction(value.then))
  );
}

function isFunction(value: unknown): boolean {
  return typeof value === "function";
}

/**
 * Makes a channel for a service, which the service itself serves; {@link commandServer} does it for you.
 * @param size how many commands may wait, 1 to 65,535
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function commandChannel(
  service: ChannelOwner,
  size: number,
  options?: CommandChannelOptions,
): CommandChannel {
  return new CommandChannel(service, size, options);
}
