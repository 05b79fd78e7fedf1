import { backoffMs } from "../shared/backoff.ts";
import { describe, messageOf } from "../shared/errors.ts";
import { type Repeat, repeat } from "../shared/repeat.ts";
import { createReporter } from "../shared/report.ts";
import { withTimeout } from "../shared/timeout.ts";
import type { HeartbeatAnswer, TaskNumAllocator } from "./allocator.ts";
import { handBack, recallLoans } from "./hand-back.ts";
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
import { JITTER } from "./policy.ts";
import type { RenewerOptions } from "./renewer-options.ts";
import type { Target } from "./target.ts";

/** The longest wait for an allocator's store to be ready; after that we send the heartbeat anyway. */
const READY_TIMEOUT_MS = 30_000;

/** The first wait after a heartbeat that failed is 250 to 750 ms, so that a fleet does not come at once. */
const BACKOFF = { firstMs: 750, jitter: 2 / 3 } as const;

/**
 * Keeps a lease alive: sends heartbeats, one at a time and the first at once, each with a time limit, and
 * applies their answers.
 */
export class Renewer {
  readonly #options: RenewerOptions;
  readonly #random: () => number;
  readonly #report = createReporter("task");
  #state: LeaseState = NO_LEASE;
  /** The target of the heartbeats; known from the first start on. */
  #target: Target | undefined;
  #instanceId: string | undefined;
  #loop: Repeat | undefined;
  #unfollow: (() => void) | undefined;
  /** Heartbeats in a row that are to be repeated later: they failed, or lost the number again. */
  #failures = 0;
  #lastOutcome: HeartbeatOutcome | undefined;
  /** Settles when the hand-back in progress is done. */
  #releasing: Promise<void> | undefined;
  /** Whether `start` was called during the hand-back. */
  #startsAgain = false;
  /** Whether the previous heartbeat was repeated at once. */
  #repeated = false;

  constructor(options: RenewerOptions) {
    this.#options = options;
    this.#random = options.random ?? Math.random;
  }

  get state(): LeaseState {
    return this.#state;
  }

  /** The instance id of the heartbeats; a new one after a collision. */
  get instanceId(): string {
    return (this.#instanceId ??= this.#options.instanceId());
  }

  /** The target, as of the last start. */
  get target(): Target {
    return this.#target ?? this.#options.target();
  }

  /** The outcome of the last heartbeat; undefined before the first. */
  get lastOutcome(): HeartbeatOutcome | undefined {
    return this.#lastOutcome;
  }

  /** Starts the heartbeats, the first at once; also after a release. Idempotent. */
  start(): void {
    if (this.#releasing !== undefined) {
      // A heartbeat that overtakes the release would renew the number that is then handed back.
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
    // The answer in flight may be from before the change.
    this.#unfollow = this.#options.allocator.onChange?.(() => {
      void this.idle().then(() => this.hurry());
    });
  }

  /** Sends a heartbeat now, unless one is in flight or the heartbeats have stopped. */
  hurry(): void {
    this.#loop?.hurry();
  }

  /** Settles when the heartbeat in flight, if any, has its outcome. */
  async idle(): Promise<void> {
    await this.#loop?.idle();
  }

  /** Stops the heartbeats; settles when the one in flight has its outcome. Idempotent. */
  async stop(): Promise<void> {
    const loop = this.#loop;
    this.#loop = undefined;
    this.#unfollow?.();
    this.#unfollow = undefined;
    loop?.stop();
    await loop?.idle();
  }

  /**
   * Stops the heartbeats, waits for the one in flight, and hands the number back, within a time limit and
   * until `signal` aborts. Reports a failure; the number then becomes free when its hold expires.
   * Idempotent.
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
    await recallLoans(this.#options, signal);
    const { grant, released } = this.#state;
    this.#state = applyRelease(this.#state);
    this.#options.onRelease?.();
    this.#lastOutcome = undefined;
    if (grant === undefined || released) return;
    const { target, instanceId } = this;
    const held = { target, instanceId, grant, seq: this.#state.seq };
    await handBack(held, this.#options, this.#report, signal);
  }

  /** Sends one heartbeat; returns how long to wait for the next. Never rejects. */
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

  /** Settles when the store is ready, after a time limit, or when heartbeats stop. */
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
      this.#reportFailure(`its answer breaks the contract: ${describeAnswer(answer)}`);
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
        "Another process uses this instance id (a copied machine or process?); continuing under a new one",
      );
    }
    return outcome;
  }

  #reportFailure(what: string, error?: unknown): void {
    const { allocator, clock } = this.#options;
    const isHeld = isSure(this.#state, clock.now(), 0);
    const meanwhile = isHeld
      ? "exports go on until the lease ends"
      : "there is no number until it answers";
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
      const longest = { maxMs: heartbeatMs, random: this.#random };
      return backoffMs(++this.#failures, { ...BACKOFF, ...longest });
    }
    this.#failures = 0;
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
