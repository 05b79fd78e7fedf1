import type { MessagePort } from "node:worker_threads";
import { optionsObject } from "../../shared/options.ts";
import { createReporter } from "../../shared/report.ts";
import type {
  AllocatorCallOptions,
  Heartbeat,
  HeartbeatAnswer,
  Release,
  TaskNumAllocator,
} from "../../task/allocator.ts";
import type { Scope, Target } from "../../task/target.ts";
import type { Channel } from "../channels/channel.ts";
import { opened, sealed } from "../channels/envelope.ts";
import { parentLine } from "../channels/parent.ts";
import { ChannelError, ParentRefusedError } from "../errors.ts";
import { type AnswerMessage, type Ask, parentMessage } from "./messages.ts";

/** Options of {@link parentLease}. */
export interface ParentLeaseOptions {
  /**
   * One end of a MessageChannel that is used only for this; the parent adds the other end to its share.
   * @default the channel to the parent of a forked process or worker thread
   */
  readonly port?: MessagePort;
}

/**
 * An allocator for workers. A worker exports under the task number of its parent, which lends it with
 * `shareLease`, and has a place of its own under it. It grants no number while the parent has none or does
 * not lend it, and no lease that ends after the parent's.
 *
 * The target must be the same as the parent's. If the parent does not answer, or the channel is closed or
 * full, calls reject; a worker keeps its number until its lease ends.
 * @throws NoParentError `ERR_TASKMON_NO_PARENT`: there is no parent
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function parentLease(options?: ParentLeaseOptions): TaskNumAllocator {
  const { port } = optionsObject("parentLease", options, ["port"]);
  return new ParentLease(parentLine("parentLease", "lease", port));
}

interface Pending {
  readonly settle: (answer: AnswerMessage) => void;
  readonly fail: (error: Error) => void;
}

class ParentLease implements TaskNumAllocator {
  readonly name = "parent";
  readonly #openLine: () => Channel;
  readonly #report = createReporter("cluster");
  readonly #pending = new Map<number, Pending>();
  readonly #followers = new Set<() => void>();
  #open: { readonly channel: Channel; readonly end: () => void } | undefined;
  #lastId = 0;
  // Until the scope is known, use the one whose numbers need no host, so that the host name is not exported.
  #scope: Scope = "fleet";

  constructor(openLine: () => Channel) {
    this.#openLine = openLine;
  }

  /** The parent's scope, after it has answered. */
  get scope(): Scope {
    return this.#scope;
  }

  async notifyTaskIsAlive(
    target: Target,
    instance: string,
    heartbeat: Heartbeat,
    { signal }: AllocatorCallOptions,
  ): Promise<HeartbeatAnswer> {
    const { answer } = await this.#ask(target, instance, { method: "notify", heartbeat }, signal);
    if (answer === undefined)
      throw new ChannelError("The parent gave another answer than asked for");
    // After the caller has handled the answer, the parent may release the number.
    if (answer.kind !== "granted")
      setImmediate(() => this.#tell({ type: "ended", instance, seq: heartbeat.seq }));
    return answer;
  }

  async release(
    target: Target,
    instance: string,
    release: Release,
    { signal }: AllocatorCallOptions,
  ): Promise<boolean> {
    const { released } = await this.#ask(target, instance, { method: "release", release }, signal);
    return released === true;
  }

  onChange(listener: () => void): () => void {
    const own = (): void => listener();
    this.#followers.add(own);
    return () => {
      this.#followers.delete(own);
      this.#closeIfIdle();
    };
  }

  async #ask(
    target: Target,
    instance: string,
    ask: Ask,
    signal: AbortSignal,
  ): Promise<AnswerMessage> {
    signal.throwIfAborted();
    const channel = this.#listen();
    this.#lastId += 1;
    const id = this.#lastId;
    let onAbort: (() => void) | undefined;
    try {
      return await new Promise<AnswerMessage>((settle, fail) => {
        onAbort = (): void => fail(signal.reason as Error);
        signal.addEventListener("abort", onAbort, { once: true });
        this.#pending.set(id, { settle, fail });
        channel.send(sealed("lease", { type: "ask", id, target, instance, ...ask })).catch(fail);
      });
    } finally {
      this.#pending.delete(id);
      signal.removeEventListener("abort", onAbort!);
      this.#closeIfIdle();
    }
  }

  #listen(): Channel {
    if (this.#open !== undefined) return this.#open.channel;
    const channel = this.#openLine();
    const endings = [
      channel.listen((message) => this.#hear(message)),
      channel.onClose(() => {
        for (const { fail } of this.#pending.values()) fail(new ChannelError("The parent is gone"));
      }),
    ];
    const end = (): void => {
      for (const ending of endings) ending();
    };
    this.#open = { channel, end };
    return channel;
  }

  #hear(message: unknown): void {
    const contents = opened("lease", message);
    if (contents === undefined) return;
    const said = contents === "version" ? undefined : parentMessage(contents);
    if (said === undefined) {
      this.#report.warnOnce("message", "The parent's message about its lease was not understood");
      return;
    }
    if (said.type === "changed") {
      for (const follower of this.#followers) follower();
      return;
    }
    const pending = this.#pending.get(said.id);
    if (said.error !== undefined) pending?.fail(new ParentRefusedError(said.error));
    else pending?.settle(said);
    if (said.scope !== undefined) this.#scope = said.scope;
  }

  #tell(message: object): void {
    this.#open?.channel.send(sealed("lease", message)).catch(() => undefined);
  }

  #closeIfIdle(): void {
    if (this.#pending.size === 0 && this.#followers.size === 0) this.#close();
  }

  #close(): void {
    if (this.#open === undefined) return;
    this.#open.end();
    this.#open.channel.close();
    this.#open = undefined;
  }
}
