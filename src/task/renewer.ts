import type { Clock } from "../shared/clock.ts";
import { describe, messageOf } from "../shared/errors.ts";
import { type Repeat, repeat } from "../shared/repeat.ts";
import { createReporter } from "../shared/report.ts";
import { withTimeout } from "../shared/timeout.ts";
import type { HeartbeatAnswer, TaskNumAllocator } from "./allocator.ts";
import {
  applyAnswer,
  applyRelease,
  applyStart,
  type HeartbeatOutcome,
  isSure,
  type LeaseState,
  nextHeartbeat,
  NO_LEASE,
} from "./lease.ts";
import type { Loans } from "./loans.ts";
import { JITTER, type LeasePolicy } from "./policy.ts";
import type { Target } from "./target.ts";

/** What a renewer needs. */
export interface RenewerOptions {
  readonly allocator: TaskNumAllocator;
  /** Asked at each start. */
  readonly target: () => Target;
  /** Asked once, when it is needed. */
  readonly instanceId: () => string;
  readonly policy: LeasePolicy;
  readonly clock: Clock;
  /** Where the status page is, asked at each heartbeat. @default nowhere */
  readonly adminUrl?: () => string | undefined;
  /** To whom the number is lent. @default nobody */
  readonly loans?: Loans;
  /** Told of every heartbeat's outcome, after the state has changed. Must not throw. */
  readonly onHeartbeat: (outcome: HeartbeatOutcome, durationMs: number) => void;
  /** The number is about to go back, and may be relied on no longer. Must not throw. */
  readonly onRelease?: () => void;
  /** A number from 0 up to 1, for jitter. @default Math.random */
  readonly random?: () => number;
}

/** The longest wait for an allocator's store to be there; then it is asked all the same. */
const READY_TIMEOUT_MS = 30_000;

/** The shortest wait after a heartbeat that failed; further failures wait longer. */
const FIRST_RETRY_MS = 250;

/**
 * Keeps a lease alive: sends heartbeats, the first at once, one at a time, each with a time limit,
 * and follows their answers.
 */
export class Renewer {
  readonly #options: RenewerOptions;
  readonly #random: () => number;
  readonly #report = createReporter("task");
  #state: LeaseState = NO_LEASE;
  /** Under which the number is asked for; known from the first start on. */
  #target: Target | undefined;
  #instanceId: string | undefined;
  #loop: Repeat | undefined;
  #unfollow: (() => void) | undefined;
  #retryMs = 0;
  #lastOutcome: HeartbeatOutcome | undefined;
  /** Settles when the number that is being handed back is. */
  #releasing: Promise<void> | undefined;
  /** Whether it was started again meanwhile. */
  #startsAgain = false;
  /** Whether the heartbeat before this one was to be repeated at once. */
  #repeated = false;

  constructor(options: RenewerOptions) {
    this.#options = options;
    this.#random = options.random ?? Math.random;
  }

  get state(): LeaseState {
    return this.#state;
  }

  /** The id under which the number is asked for; another one after a collision. */
  get instanceId(): string {
    return (this.#instanceId ??= this.#options.instanceId());
  }

  /** The target of which it is a task, from the last start on. */
  get target(): Target {
    return this.#target ?? this.#options.target();
  }

  /** What came of the last heartbeat; undefined before the first. */
  get lastOutcome(): HeartbeatOutcome | undefined {
    return this.#lastOutcome;
  }

  /** Begins with a heartbeat at once, anew after a release. Idempotent. */
  start(): void {
    if (this.#releasing !== undefined) {
      // A heartbeat that overtakes the release would renew what is then handed back.
      this.#startsAgain = true;
      return;
    }
    if (this.#loop !== undefined) return;
    this.#target = this.#options.target();
    this.#state = applyStart(this.#state);
    this.#loop = repeat(
      this.#options.clock,
      (stopping) => this.#heartbeat(stopping),
      this.#options.policy.heartbeatMs,
    );
    // The answer under way may be from before the change.
    this.#unfollow = this.#options.allocator.onChange?.(() => {
      void this.idle().then(() => this.hurry());
    });
  }

  /** Begins a heartbeat now, unless one is under way or the heartbeats have stopped. */
  hurry(): void {
    this.#loop?.hurry();
  }

  /** Settles when the heartbeat under way, if any, has its outcome. */
  async idle(): Promise<void> {
    await this.#loop?.idle();
  }

  /** No further heartbeat begins; settles when the one under way has its outcome. Idempotent. */
  async stop(): Promise<void> {
    const loop = this.#loop;
    this.#loop = undefined;
    this.#unfollow?.();
    this.#unfollow = undefined;
    loop?.stop();
    await loop?.idle();
  }

  /**
   * Stops the heartbeats, waits for the one under way, and hands the number back, with a time limit and
   * until `signal` aborts. A failure to do so is reported, and the number then comes free when its hold
   * runs out. Idempotent.
   */
  release(signal?: AbortSignal): Promise<void> {
    this.#startsAgain = false;
    this.#releasing ??= this.#release(signal).finally(() => {
      this.#releasing = undefined;
      if (this.#startsAgain) this.start();
    });
    return this.#releasing;
  }

  async #release(signal: AbortSignal | undefined): Promise<void> {
    await this.stop();
    await this.#recallLoans(signal);
    const { grant, released } = this.#state;
    this.#state = applyRelease(this.#state);
    this.#options.onRelease?.();
    this.#lastOutcome = undefined;
    if (grant === undefined || released) return;
    const { allocator, clock, policy, loans } = this.#options;
    const quarantineMs = Math.max(policy.quarantineMs, loans?.remainingMs ?? 0);
    const handBack = (callSignal: AbortSignal): Promise<boolean> =>
      allocator.release(
        this.target,
        this.instanceId,
        { ...grant, seq: this.#state.seq, quarantineMs },
        { signal: callSignal },
      );
    try {
      const what = "Releasing the task number";
      await withTimeout(clock, what, policy.requestTimeoutMs, handBack, signal);
      this.#report.recovered("release", "Task numbers are handed back again");
    } catch (error) {
      this.#report.warnOnce(
        "release",
        `Task number ${grant.num} could not be handed back: ${messageOf(error)}`,
      );
    }
  }

  /** Asks those to whom the number is lent to stop; who does not answer makes it rest for longer. */
  async #recallLoans(signal: AbortSignal | undefined): Promise<void> {
    const { loans, clock, policy } = this.#options;
    if (loans === undefined || loans.remainingMs === 0) return;
    const recall = (callSignal: AbortSignal): Promise<void> => loans.recall(callSignal);
    await withTimeout(clock, "Recalling the number", policy.requestTimeoutMs, recall, signal).catch(
      () => undefined,
    );
  }

  /** Sends one heartbeat; answers how long to wait for the next. Never rejects. */
  async #heartbeat(stopping: AbortSignal): Promise<number> {
    const { allocator, clock, policy } = this.#options;
    if (allocator.ready !== undefined) {
      await this.#storeIsThere(allocator.ready.bind(allocator), stopping);
      if (stopping.aborted) return policy.heartbeatMs;
    }
    const sentAtMs = clock.now();
    const next = nextHeartbeat(this.#state, policy, sentAtMs);
    this.#state = next.state;
    const adminUrl = this.#options.adminUrl?.();
    const heartbeat = { ...next.heartbeat, ...(adminUrl !== undefined && { adminUrl }) };
    let outcome: HeartbeatOutcome;
    try {
      const answer = await withTimeout(
        clock,
        "A heartbeat",
        policy.requestTimeoutMs,
        async (signal) =>
          allocator.notifyTaskIsAlive(this.target, this.instanceId, heartbeat, { signal }),
      );
      outcome = this.#follow(answer, sentAtMs);
    } catch (error) {
      this.#reportFailure(messageOf(error), error);
      outcome = "error";
    }
    this.#lastOutcome = outcome;
    this.#options.onHeartbeat(outcome, clock.now() - sentAtMs);
    return this.#delayAfter(outcome);
  }

  /** Settles when the store can be asked; at the latest after a time limit, or when heartbeats stop. */
  async #storeIsThere(
    ready: NonNullable<TaskNumAllocator["ready"]>,
    stopping: AbortSignal,
  ): Promise<void> {
    const { clock } = this.#options;
    const wait = (signal: AbortSignal): Promise<void> => ready({ signal });
    await withTimeout(clock, "The store", READY_TIMEOUT_MS, wait, stopping).catch(() => undefined);
  }

  #follow(answer: HeartbeatAnswer, sentAtMs: number): HeartbeatOutcome {
    const { allocator, policy } = this.#options;
    const { state, outcome } = applyAnswer(this.#state, answer, sentAtMs, policy);
    this.#state = state;
    if (outcome === "error") {
      this.#reportFailure(`it gave an answer that breaks its contract: ${describeAnswer(answer)}`);
      return outcome;
    }
    this.#report.recovered("allocator", `The ${allocator.name} allocator answers again`);
    if (outcome === "full") {
      this.#report.warnOnce("full", `All ${policy.maxTasks} task numbers are held`);
    } else if (outcome === "granted") {
      this.#report.recovered("full", "A task number is free again");
    } else if (outcome === "collision") {
      this.#instanceId = process.getBuiltinModule("node:crypto").randomUUID();
      this.#report.warnOnce(
        "collision",
        "Another process uses this instance id (a copied machine or process?); going on under a new one",
      );
    }
    return outcome;
  }

  #reportFailure(what: string, error?: unknown): void {
    const { allocator, clock } = this.#options;
    const isHeld = isSure(this.#state, clock.now(), 0);
    const meanwhile = isHeld
      ? "exports go on until the lease ends"
      : "there is no number meanwhile";
    this.#report.warnOnce(
      "allocator",
      `The ${allocator.name} allocator fails; ${meanwhile}: ${what}`,
      error,
    );
  }

  #delayAfter(outcome: HeartbeatOutcome): number {
    const { heartbeatMs } = this.#options.policy;
    const repeats = outcome === "lost" || outcome === "collision";
    const repeatsAgain = repeats && this.#repeated;
    this.#repeated = repeats;
    if (outcome === "error" || repeatsAgain) {
      // Decorrelated jitter: from the first wait up to three times the last one.
      const upTo = Math.max(FIRST_RETRY_MS, this.#retryMs) * 3;
      this.#retryMs = Math.min(
        heartbeatMs,
        FIRST_RETRY_MS + this.#random() * (upTo - FIRST_RETRY_MS),
      );
      return this.#retryMs;
    }
    this.#retryMs = 0;
    if (repeats) return 0;
    return heartbeatMs * (1 + JITTER * (2 * this.#random() - 1));
  }
}

function describeAnswer(answer: unknown): string {
  try {
    return JSON.stringify(answer)?.slice(0, 200) ?? describe(answer);
  } catch {
    return describe(answer);
  }
}
