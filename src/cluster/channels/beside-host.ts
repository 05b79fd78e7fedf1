import { isRecord } from "./checks.ts";

/** What emits the messages of an IPC channel: `process` in a child, a `ChildProcess` in its parent. */
export interface MessageEmitter {
  on(event: string, listener: (...args: never[]) => void): unknown;
  prependListener(event: string, listener: (...args: never[]) => void): unknown;
  removeListener(event: string, listener: (...args: never[]) => void): unknown;
  emit(event: string, ...args: unknown[]): boolean;
  listenerCount(event: string): number;
}

/** Keeps Node.js's count of listeners that hold the process as it is without ours. */
export interface ListenerCount {
  /** A listener of ours was added. */
  added(): void;
  /** It is about to be removed. */
  removing(): void;
}

/**
 * Listens to an IPC channel beside the host. Node.js keeps messages until somebody listens for them; our
 * listening must not make it drop what came before the host did, so that is kept here, and given to the
 * host when it listens.
 */
class BesideHost {
  readonly #emitter: MessageEmitter;
  readonly #count: ListenerCount | undefined;
  readonly #listeners = new Set<(message: unknown) => void>();
  /** Foreign messages that nobody has heard. */
  #kept: unknown[][] = [];
  #isHooked = false;

  constructor(emitter: MessageEmitter, count: ListenerCount | undefined) {
    this.#emitter = emitter;
    this.#count = count;
  }

  add(listener: (message: unknown) => void): () => void {
    const own = (message: unknown): void => listener(message);
    if (this.#listeners.size === 0) {
      this.#emitter.on("message", this.#hear);
      this.#count?.added();
      this.#hook();
    }
    this.#listeners.add(own);
    return () => {
      if (!this.#listeners.delete(own) || this.#listeners.size > 0) return;
      this.#count?.removing();
      this.#emitter.removeListener("message", this.#hear);
      if (this.#kept.length === 0) this.#unhook();
    };
  }

  readonly #hear = (...args: unknown[]): void => {
    for (const listener of [...this.#listeners]) listener(args[0]);
    if (!this.#isHeard() && !isOurs(args[0])) this.#kept.push(args);
  };

  /** Called before the listener is added. */
  readonly #onNewListener = (event: string): void => {
    if (event === "message" && this.#kept.length > 0) process.nextTick(() => this.#give());
  };

  #give(): void {
    while (this.#kept.length > 0 && this.#isHeard()) {
      this.#emitter.emit("message", ...this.#kept.shift()!);
    }
    if (this.#kept.length === 0 && this.#listeners.size === 0) this.#unhook();
  }

  /** Whether the host listens. */
  #isHeard(): boolean {
    return this.#emitter.listenerCount("message") > (this.#listeners.size > 0 ? 1 : 0);
  }

  #hook(): void {
    if (this.#isHooked) return;
    this.#isHooked = true;
    // Before Node.js's own, which gives the host what came later.
    this.#emitter.prependListener("newListener", this.#onNewListener);
  }

  #unhook(): void {
    this.#isHooked = false;
    this.#emitter.removeListener("newListener", this.#onNewListener);
  }
}

/** Where the one for an emitter is, for all copies of this package in the process. */
const BESIDE = Symbol.for("taskmon.beside-host");

/**
 * Calls `listener` with each message, ours and others'.
 * @returns a function that ends it
 */
export function listenBesideHost(
  emitter: MessageEmitter,
  listener: (message: unknown) => void,
  count?: ListenerCount,
): () => void {
  const holder = emitter as { [BESIDE]?: Pick<BesideHost, "add"> };
  if (holder[BESIDE] === undefined) {
    Object.defineProperty(emitter, BESIDE, { value: new BesideHost(emitter, count) });
  }
  return holder[BESIDE]!.add(listener);
}

function isOurs(message: unknown): boolean {
  return isRecord(message) && typeof message["taskmon"] === "string";
}
