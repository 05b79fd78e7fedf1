import assert from "node:assert/strict";
import type {
  Grant,
  Heartbeat,
  HeartbeatAnswer,
  Release,
  TaskNumAllocator,
} from "../../task/allocator.ts";
import type { Target } from "../../task/target.ts";

/** One sentence that holds for every allocator, and the proof that it holds for this one. */
export interface Law {
  readonly name: string;
  /** Fails with an `AssertionError`. */
  run(scene: Scene): Promise<void>;
}

/** An empty namespace of an allocator, made for one law. */
export interface AllocatorSubject {
  readonly allocator: TaskNumAllocator;
  /**
   * Another allocator on the same store, as a second process would have one; called at most once.
   * Absent where no second one can share the store: the laws then use `allocator` twice.
   */
  another?(): TaskNumAllocator | Promise<TaskNumAllocator>;
  /** Empties the store, as a disaster would, while the allocators are in use. */
  forget?(): void | Promise<void>;
  /** Called after the law, also when it failed. */
  dispose?(): void | Promise<void>;
}

/** What a heartbeat says that is not what it says in most laws. */
export interface HeartbeatChanges {
  readonly seq?: number;
  readonly held?: Grant;
  readonly holdMs?: number;
  readonly longestHoldMs?: number;
  readonly maxTasks?: number;
  readonly adminUrl?: string;
  readonly target?: Target;
  readonly allocator?: TaskNumAllocator;
  readonly signal?: AbortSignal;
}

/** The target of every law that does not speak of targets. */
export const TARGET: Target = {
  serviceName: "checkout",
  jobName: "web",
  region: "eu-west-1",
  hostName: "host-a",
};

/** A hold that does not run out during a law. */
export const LONG_HOLD_MS = 600_000;

const LEASE_MS = 300_000;

/** The subject of a law, with a sequence for each instance and a way to let time pass. */
export class Scene {
  readonly allocator: TaskNumAllocator;
  /** A second allocator on the same store, or the first again. */
  readonly another: TaskNumAllocator;
  /** A hold that {@link Scene.pass} can wait for. */
  readonly shortHoldMs: number;
  /** Lets so many short holds, or a part of one, pass on the store's clock; of whole ones a step more. */
  readonly pass: (holds: number) => Promise<void>;
  readonly #forget: (() => void | Promise<void>) | undefined;
  readonly #seqs = new Map<string, number>();

  constructor(
    subject: AllocatorSubject,
    another: TaskNumAllocator,
    shortHoldMs: number,
    pass: (holds: number) => Promise<void>,
  ) {
    this.allocator = subject.allocator;
    this.another = another;
    this.shortHoldMs = shortHoldMs;
    this.pass = pass;
    this.#forget = subject.forget?.bind(subject);
  }

  /** A heartbeat of the instance, with its next sequence number and a long hold. */
  beat(instance: string, changes: HeartbeatChanges = {}): Promise<HeartbeatAnswer> {
    const { allocator = this.allocator, target = TARGET, signal, held } = changes;
    const { longestHoldMs, adminUrl } = changes;
    const seq = changes.seq ?? (this.#seqs.get(instance) ?? 0) + 1;
    this.#seqs.set(instance, Math.max(seq, this.#seqs.get(instance) ?? 0));
    const heartbeat: Heartbeat = {
      seq,
      ...(held !== undefined && { held: { num: held.num, epoch: held.epoch } }),
      holdMs: changes.holdMs ?? LONG_HOLD_MS,
      ...(longestHoldMs !== undefined && { longestHoldMs }),
      leaseMs: LEASE_MS,
      maxTasks: changes.maxTasks ?? 1_000,
      ...(adminUrl !== undefined && { adminUrl }),
    };
    const options = { signal: signal ?? new AbortController().signal };
    return allocator.notifyTaskIsAlive(target, instance, heartbeat, options);
  }

  /** Like {@link Scene.beat}; fails where the answer is not a grant. */
  async granted(instance: string, changes?: HeartbeatChanges): Promise<Grant> {
    const answer = await this.beat(instance, changes);
    assert.equal(answer.kind, "granted", `${instance} was answered ${answer.kind}`);
    assert.ok(answer.kind === "granted");
    assert.ok(
      answer.leaseMs > 0 && answer.leaseMs <= LEASE_MS,
      `${instance} was granted a lease of ${answer.leaseMs} ms, having asked for ${LEASE_MS}`,
    );
    assert.ok(Number.isSafeInteger(answer.num) && answer.num >= 0, `number ${answer.num}`);
    assert.ok(Number.isSafeInteger(answer.epoch), `epoch ${answer.epoch}`);
    return { num: answer.num, epoch: answer.epoch };
  }

  /** Grants to the instances one after another; answers them in that order. */
  async grantedEach(instances: readonly string[], changes?: HeartbeatChanges): Promise<Grant[]> {
    const grants: Grant[] = [];
    for (const instance of instances) grants.push(await this.granted(instance, changes));
    return grants;
  }

  /** Hands a number back; without quarantine unless told. */
  release(instance: string, grant: Grant, changes: Partial<Release> = {}): Promise<boolean> {
    const { num, epoch } = grant;
    const release = { num, epoch, quarantineMs: 0, ...changes };
    const options = { signal: new AbortController().signal };
    return this.allocator.release(TARGET, instance, release, options);
  }

  /** Empties the store. Time passes too, as it does between a grant and a disaster. */
  async forget(): Promise<void> {
    assert.ok(
      this.#forget,
      "create() gives no forget(): give one, or skip this law and say why the store cannot forget",
    );
    await this.pass(0.1);
    await this.#forget();
  }
}
