import type { ChildProcess } from "node:child_process";
import cluster, { type Worker as ClusterWorker } from "node:cluster";
import { MessagePort, Worker as Thread } from "node:worker_threads";
import { InvalidOptionError } from "../../shared/errors.ts";
import type { Channel } from "./channel.ts";
import { onceEnded } from "./ended.ts";
import type { Service } from "./envelope.ts";
import { follow } from "./follow.ts";
import { type IpcEnd, ipcChannel } from "./ipc.ts";
import { portChannel } from "./port.ts";
import { ThreadLines } from "./thread-lines.ts";

/**
 * A child process with an IPC channel. The type is structural, because each worker of `node:cluster` contains
 * one.
 */
interface ForkedProcess extends IpcEnd {
  readonly exitCode: number | null;
  readonly signalCode: NodeJS.Signals | null;
}

/**
 * A child of this process or thread: a worker of `node:cluster`, a forked process, a thread, or the other end
 * of a port.
 */
export type ChildSource = ClusterWorker | ChildProcess | Thread | MessagePort;

/** A child of this process or thread, with its channel. */
export interface Child {
  readonly channel: Channel;
  /**
   * Calls `listener` when the child has ended and all of its messages were received; a closed channel alone
   * does not prove that. Absent for a port, where nobody can know.
   */
  onExit?(listener: () => void): () => void;
}

/** Options for following children. */
export interface ChildrenOptions {
  readonly service: Service;
  /** Whether to follow all workers of the cluster and all threads, including later ones. */
  readonly followAll: boolean;
  /** Called for each child. It may never send anything. */
  readonly onChild: (child: Child) => void;
}

/** Follows the children of this process or thread. */
export class Children {
  readonly #options: ChildrenOptions;
  readonly #threads: ThreadLines;
  readonly #endings = new Map<ChildSource | ForkedProcess, () => void>();
  readonly #unfollow: (() => void)[] = [];

  constructor(options: ChildrenOptions) {
    this.#options = options;
    this.#threads = new ThreadLines(options.service, (thread, channel) =>
      options.onChild({ channel, onExit: (listener) => onceEnded(thread, channel, listener) }),
    );
    if (!options.followAll) return;
    for (const worker of Object.values(cluster.workers ?? {})) {
      if (worker !== undefined) this.add(worker);
    }
    const add = (source: unknown): void => this.add(source as ChildSource);
    this.#unfollow.push(follow(cluster, "fork", add), follow(process, "worker", add));
  }

  /**
   * Follows a child; does nothing if it is already followed or has ended.
   * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` if the value is not a child
   */
  add(source: ChildSource): void {
    const key = processOf(source) ?? source;
    if (this.#endings.has(key)) return;
    const ending = this.#follow(key);
    if (ending !== undefined) this.#endings.set(key, ending);
  }

  /** Stops following all children. */
  stop(): void {
    for (const unfollow of this.#unfollow.splice(0)) unfollow();
    for (const ending of this.#endings.values()) ending();
    this.#endings.clear();
    this.#threads.stop();
  }

  #follow(source: ChildSource | ForkedProcess): (() => void) | undefined {
    if (source instanceof MessagePort) return this.#followPort(source);
    if (source instanceof Thread) return this.#followThread(source);
    if (isForked(source)) return this.#followProcess(source);
    throw new InvalidOptionError(
      "child",
      "a worker of node:cluster, a child process with an IPC channel, a worker thread or a MessagePort",
      source,
    );
  }

  #followProcess(child: ForkedProcess): (() => void) | undefined {
    if (child.exitCode !== null || child.signalCode !== null) return undefined;
    const channel = ipcChannel(child);
    this.#options.onChild({
      channel,
      onExit: (listener) => onceEnded(child, channel, listener),
    });
    return follow(child, "exit", () => this.#forget(child));
  }

  #followThread(thread: Thread): () => void {
    const endings = [this.#threads.add(thread), follow(thread, "exit", () => this.#forget(thread))];
    return () => {
      for (const end of endings) end();
    };
  }

  #followPort(port: MessagePort): () => void {
    this.#options.onChild({ channel: portChannel(port) });
    return follow(port, "close", () => this.#forget(port));
  }

  #forget(key: ChildSource | ForkedProcess): void {
    this.#endings.get(key)?.();
    this.#endings.delete(key);
  }
}

/** Returns the process inside a worker of `node:cluster`. */
function processOf(source: ChildSource): ForkedProcess | undefined {
  const inside = (source as Partial<ClusterWorker> | null | undefined)?.process;
  return isForked(inside) ? inside : undefined;
}

function isForked(source: unknown): source is ForkedProcess {
  return (
    typeof source === "object" &&
    source !== null &&
    "send" in source &&
    typeof source.send === "function" &&
    "exitCode" in source &&
    "connected" in source
  );
}
