import { integerOption } from "../../shared/options.ts";
import { serviceNotAlive } from "../errors/catalogue.ts";
import type { Service } from "../services/service.ts";

/** Something to run. Its result, or what it throws, goes to who submitted it. */
export type Command<T> = () => T | Promise<T>;

/** What a channel needs of its service. */
export type ChannelOwner = Pick<Service, "id" | "name" | "signal">;

/** How a command fared, in milliseconds. */
export interface CommandTimes {
  /** From its submission until it began. */
  readonly waitedMs: number;
  readonly ranMs: number;
  readonly failed: boolean;
}

/** Options of {@link commandChannel}. */
export interface CommandChannelOptions {
  /** Is told of each command that was run; must not throw. @default nobody */
  readonly onRun?: (times: CommandTimes) => void;
  /** Runs a command, within a span say. @default it is just called */
  readonly around?: (run: () => Promise<unknown>) => Promise<unknown>;
}

interface Waiting {
  readonly run: () => Promise<void>;
  readonly reject: (reason: unknown) => void;
}

/**
 * A bounded queue of commands for one service. What is accepted is run or rejected, never forgotten: when
 * the service begins to end, what still waits rejects with `ServiceNotAlive`.
 */
export class CommandChannel {
  readonly #owner: ChannelOwner;
  readonly #size: number;
  readonly #options: CommandChannelOptions;
  readonly #queue: Waiting[] = [];
  /** Those who wait for room, first come, first served. */
  readonly #outside = new Set<() => void>();
  #wake: (() => void) | undefined;

  constructor(owner: ChannelOwner, size: number, options: CommandChannelOptions = {}) {
    this.#owner = owner;
    this.#size = integerOption("commandChannel.size", size, { min: 1, max: 65_535, default: 1 });
    this.#options = options;
    const onDying = (): void => this.#close();
    if (owner.signal.aborted) onDying();
    else owner.signal.addEventListener("abort", onDying, { once: true });
  }

  /** How many commands wait to be run. */
  get depth(): number {
    return this.#queue.length;
  }

  /** How many callers wait for room. */
  get waiting(): number {
    return this.#outside.size;
  }

  /**
   * Hands a command over, as soon as there is room.
   * @param options.signal withdraws it, while it has not begun
   * @returns what the command returns
   *
   * Rejects as the command does; with an AppError of the kind `ServiceNotAlive` where the service ends
   * before the command has begun; with the signal's reason where that aborts before.
   */
  async submit<T>(
    command: Command<T>,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<T> {
    const { signal } = options;
    signal?.throwIfAborted();
    this.#throwIfDying();
    while (this.#queue.length >= this.#size) {
      await this.#room(signal);
      signal?.throwIfAborted();
      this.#throwIfDying();
    }
    return this.#enqueue(command, signal);
  }

  /**
   * Runs the next command. For who serves the channel: one call at a time keeps the order.
   * @returns false where none waits
   */
  async runNext(): Promise<boolean> {
    const next = this.#queue.shift();
    if (next === undefined) return false;
    this.#letIn();
    await next.run();
    return true;
  }

  /** Settles when a command waits, or the service begins to end. */
  async ready(): Promise<void> {
    if (this.#queue.length > 0 || this.#owner.signal.aborted) return;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
  }

  #enqueue<T>(command: Command<T>, signal: AbortSignal | undefined): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const submittedAtMs = performance.now();
    const forget = (): void => signal?.removeEventListener("abort", onAbort);
    const waiting: Waiting = {
      run: async () => {
        forget();
        await this.#run(command, submittedAtMs, resolve, reject);
      },
      reject: (reason) => {
        forget();
        reject(reason);
      },
    };
    const onAbort = (): void => {
      const index = this.#queue.indexOf(waiting);
      if (index === -1) return;
      this.#queue.splice(index, 1);
      this.#letIn();
      waiting.reject(signal?.reason);
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    this.#queue.push(waiting);
    this.#wake?.();
    this.#wake = undefined;
    return promise;
  }

  async #run<T>(
    command: Command<T>,
    submittedAtMs: number,
    resolve: (value: T) => void,
    reject: (reason: unknown) => void,
  ): Promise<void> {
    const { onRun, around } = this.#options;
    const beganAtMs = performance.now();
    let failed = false;
    try {
      const call = async (): Promise<T> => command();
      resolve((around === undefined ? await call() : await around(call)) as T);
    } catch (error) {
      failed = true;
      reject(error);
    }
    onRun?.({
      waitedMs: beganAtMs - submittedAtMs,
      ranMs: performance.now() - beganAtMs,
      failed,
    });
  }

  /** Settles when there may be room, the signal aborts, or the service begins to end. */
  async #room(signal: AbortSignal | undefined): Promise<void> {
    await new Promise<void>((resolve) => {
      const enter = (): void => {
        this.#outside.delete(enter);
        signal?.removeEventListener("abort", enter);
        resolve();
      };
      this.#outside.add(enter);
      signal?.addEventListener("abort", enter, { once: true });
    });
  }

  #letIn(): void {
    const [first] = this.#outside;
    first?.();
  }

  #throwIfDying(): void {
    if (this.#owner.signal.aborted) throw this.#notAlive();
  }

  #notAlive(): Error {
    return serviceNotAlive(this.#owner.id, this.#owner.name);
  }

  #close(): void {
    for (const waiting of this.#queue.splice(0)) waiting.reject(this.#notAlive());
    for (const enter of this.#outside) enter();
    this.#wake?.();
    this.#wake = undefined;
  }
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
