import { type Clock, systemClock } from "../../shared/clock.ts";
import { booleanOption, methodsOption, optionsObject } from "../../shared/options.ts";
import { createReporter } from "../../shared/report.ts";
import type { Loan } from "../../task/loans.ts";
import { type Scope, type Target, targetKey } from "../../task/target.ts";
import type { TaskEvent } from "../../task/task-events.ts";
import { untilAborted, withTimeout } from "../../shared/timeout.ts";
import { opened, sealed } from "../channels/envelope.ts";
import { type Child, type ChildSource, Children } from "../channels/children.ts";
import {
  type AnswerMessage,
  type AskMessage,
  type ChangedMessage,
  workerMessage,
} from "./messages.ts";
import { Places } from "./places.ts";

/** A task whose number is shared. */
export interface SharedTask {
  readonly target: Target;
  readonly scope: Scope;
  readonly number: number | undefined;
  readonly epoch: number | undefined;
  readonly worker: number | undefined;
  readonly remainingMs: number;
  on(event: TaskEvent, listener: () => void): () => void;
  lend(loan: Loan): () => void;
}

/** Options of {@link shareLease}. */
export interface ShareLeaseOptions {
  /**
   * Whether every worker of the cluster and every thread can ask, including later ones. If false, only those
   * that you add. @default true
   */
  readonly followAll?: boolean;
  /** For tests. @default the machine's clock */
  readonly clock?: Clock;
}

/** A lease that workers share. */
export interface LeaseShare extends AsyncDisposable {
  /** The number of workers with a place under the number. */
  readonly workers: number;
  /**
   * Adds a child that may ask: a forked process, an older thread, the other end of a MessagePort.
   * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` if the value is not a child
   */
  add(child: ChildSource): void;
  /**
   * Asks the workers to stop, waits for them for at most a second, and ends the share. Never rejects;
   * idempotent.
   */
  stop(): Promise<void>;
}

/** How long `stop` waits for workers. They answer within milliseconds, unless they hang. */
const STOP_MS = 1_000;

/** All shares of this thread. A share ignores a worker whose target belongs to another share. */
const shares = new Set<Share>();

/**
 * Lets workers of this process or thread export under its task number: each worker that uses `parentLease()`
 * gets its own place under the number. A worker's lease ends no later than this one's, and the workers stop
 * before the number is released.
 * @param of the Taskmon object, or its task
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function shareLease(
  of: SharedTask | { readonly task: SharedTask },
  options?: ShareLeaseOptions,
): LeaseShare {
  const task = methodsOption<SharedTask>("task", "task" in of ? of.task : of, ["on", "lend"]);
  const given = optionsObject("shareLease", options, ["followAll", "clock"]);
  const followAll = booleanOption("shareLease.followAll", given.followAll, true);
  return new Share(task, given.clock ?? systemClock(), followAll);
}

/** The state of a child. */
interface Asker {
  /** Whether it has asked. We send nothing to other children. */
  hasAsked: boolean;
  /** The instances that got a place over its channel. */
  readonly instances: Set<string>;
  /** Stops listening to it. */
  readonly forget: () => void;
}

class Share implements LeaseShare, Loan {
  readonly #task: SharedTask;
  readonly #clock: Clock;
  readonly #places: Places;
  readonly #followed: Children;
  readonly #report = createReporter("cluster");
  readonly #children = new Map<Child, Asker>();
  readonly #endings: (() => void)[];
  readonly #endLoan: () => void;
  #hasEnded = false;
  /** Recalls the number from all workers: until there is another one, or for good. */
  #recalled = false;
  #stopped: Promise<void> | undefined;
  #onDrained: (() => void) | undefined;

  constructor(task: SharedTask, clock: Clock, followAll: boolean) {
    this.#task = task;
    this.#clock = clock;
    this.#places = new Places(clock);
    const changed = (): void => {
      // By then the recalled number is gone, and a new one can be lent.
      this.#recalled = this.#stopped !== undefined;
      this.#tellAll();
    };
    this.#endings = [
      ...(["granted", "regained", "lost"] as const).map((event) => task.on(event, changed)),
    ];
    this.#endLoan = task.lend(this);
    shares.add(this);
    this.#followed = new Children({
      service: "lease",
      followAll,
      onChild: (child) => this.#listen(child),
    });
    this.#endings.push(() => this.#followed.stop());
  }

  get workers(): number {
    return this.#places.held;
  }

  get remainingMs(): number {
    return this.#places.remainingMs;
  }

  add(child: ChildSource): void {
    if (this.#stopped === undefined) this.#followed.add(child);
  }

  async recall(signal: AbortSignal): Promise<void> {
    if (this.#hasEnded) return;
    this.#recalled = true;
    this.#tellAll();
    const drained = new Promise<void>((resolve) => {
      this.#onDrained = resolve;
    });
    this.#checkDrained();
    await untilAborted(drained, signal);
    this.#onDrained = undefined;
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#end();
    return this.#stopped;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** Whether this is the share for workers of the target. */
  isOf(target: Target): boolean {
    const { target: own, scope } = this.#task;
    return targetKey(target, scope) === targetKey(own, scope);
  }

  async #end(): Promise<void> {
    await withTimeout(this.#clock, "Stopping the workers", STOP_MS, (signal) =>
      this.recall(signal),
    ).catch(() => undefined);
    this.#hasEnded = true;
    // A worker that did not answer may still use the number for some time.
    if (this.remainingMs === 0) this.#endLoan();
    else this.#clock.after(this.remainingMs, this.#endLoan);
    shares.delete(this);
    for (const end of this.#endings.splice(0)) end();
    for (const [{ channel }, { forget }] of this.#children) {
      forget();
      channel.close();
    }
  }

  #listen(child: Child): void {
    const { channel } = child;
    const instances = new Set<string>();
    const asker: Asker = { hasAsked: false, instances, forget: () => forget() };
    const endings = [
      channel.listen((message) => this.#hear(child, message)),
      channel.onClose(() => {
        // A place stays reserved, unless we see that its process has ended.
        if (child.onExit === undefined || instances.size === 0) forget();
      }),
      child.onExit?.(() => {
        for (const instance of instances) this.#places.gone(instance);
        forget();
        this.#checkDrained();
      }),
    ];
    const forget = (): void => {
      this.#children.delete(child);
      for (const end of endings) end?.();
    };
    this.#children.set(child, asker);
  }

  #hear(child: Child, message: unknown): void {
    const contents = opened("lease", message);
    if (contents === undefined) return;
    const said = contents === "version" ? undefined : workerMessage(contents);
    if (said === undefined) {
      this.#report.warnOnce("message", "A worker's message about the lease was not understood");
    } else if (said.type === "ended") {
      this.#places.ended(said.instance, said.seq);
      this.#checkDrained();
    } else {
      this.#answer(child, said);
    }
  }

  #answer(child: Child, ask: AskMessage): void {
    const { id, target, instance } = ask;
    if (!this.isOf(target)) {
      // Another share answers, or the first one answers for all.
      if ([...shares].some((share) => share.isOf(target)) || [...shares][0] !== this) return;
      const key = targetKey(target, this.#task.scope);
      const error = `${key} is another target than ${targetKey(this.#task.target, this.#task.scope)}`;
      this.#send(child, { type: "answer", id, error });
      return;
    }
    const { scope } = this.#task;
    const asker = this.#children.get(child);
    if (asker !== undefined) asker.hasAsked = true;
    if (ask.method === "release") {
      const released = this.#places.release(instance, ask.release);
      this.#send(child, { type: "answer", id, scope, released });
      this.#checkDrained();
      return;
    }
    const { number: num, epoch, worker, remainingMs } = this.#task;
    if (worker !== undefined) {
      this.#send(child, {
        type: "answer",
        id,
        error: "the parent's own allocator is a parentLease",
      });
      return;
    }
    const lent =
      num === undefined || this.#recalled
        ? undefined
        : { num, remainingMs, key: `${num}/${epoch}` };
    const answer = this.#places.notify(instance, ask.heartbeat, lent);
    if (answer.kind === "granted") asker?.instances.add(instance);
    this.#send(child, { type: "answer", id, scope, answer });
  }

  #tellAll(): void {
    for (const [child, { hasAsked }] of this.#children) {
      if (hasAsked) this.#send(child, { type: "changed" });
    }
  }

  #send(child: Child, message: AnswerMessage | ChangedMessage): void {
    child.channel.send(sealed("lease", message)).catch((error: unknown) => {
      this.#report.warnOnce("send", "A worker could not be told about the lease", error);
    });
  }

  #checkDrained(): void {
    if (this.#places.remainingMs === 0) this.#onDrained?.();
  }
}
