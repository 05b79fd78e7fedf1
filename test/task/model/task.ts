import type { HeartbeatAnswer } from "../../../src/task/allocator.ts";
import {
  applyAnswer,
  applyRelease,
  applyStart,
  isSure,
  type LeaseState,
  nextHeartbeat,
  NO_LEASE,
} from "../../../src/task/lease.ts";
import type { LeasePolicy } from "../../../src/task/policy.ts";
import type { Agenda } from "./agenda.ts";
import type { ModelStore } from "./store.ts";
import type { Mutation } from "./variants.ts";

/** What a task of the model shares with the others. */
export interface World {
  readonly agenda: Agenda;
  readonly store: ModelStore;
  readonly mutation: Mutation | undefined;
  /** A number from 0 up to 1. */
  random(): number;
  /** Whether the network still loses, repeats and delays messages. */
  isRough(): boolean;
  /** An export has reached the receiver. */
  landed(num: number, epoch: number, task: ModelTask): void;
  /** The task relies on the grant from now on. */
  granted(num: number, epoch: number, task: ModelTask): void;
}

const LATE_ANSWERS: Mutation = "late answers taken for the newest heartbeat's";

/** The time between two exports of one task. */
const EXPORT_MS = 1_500;
/**
 * The longest that bytes are on their way to the receiver once they left. The grace of 6 seconds covers
 * it, and hardly more, so that a hold which forgets about drift is found out.
 */
export const TRANSIT_MS = 5_800;

let instances = 0;

/** A process of the model: the real state machine of the lease, with a loop, a clock and an exporter. */
export class ModelTask {
  readonly rate: number;
  readonly policy: LeasePolicy;
  readonly #world: World;
  #instance: string;
  lease: LeaseState = NO_LEASE;
  /** Runs until then; Infinity while nothing ends it. */
  #isAlive = true;
  #isStopping = false;
  #frozenUntil = 0;
  #cutUntil = 0;
  /** True time spent in suspend, which a clock may miss. */
  #suspendedMs = 0;
  #steppedMs = 0;
  #heartbeats = 0;
  #exports = 0;
  /** When the last export reached the receiver: one reader's exports arrive in their order. */
  #landedAt = 0;

  constructor(world: World, rate: number, policy: LeasePolicy) {
    this.#world = world;
    this.rate = rate;
    this.policy = policy;
    this.#instance = `i-${instances++}`;
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  get isRunning(): boolean {
    return this.#isAlive && !this.#isStopping;
  }

  /** The true time for which it has not relied on `num` any more; negative while it does. */
  msSinceLease(num: number): number {
    const { grant, deadlineMs } = this.lease;
    if (!this.#isAlive || grant?.num !== num) return Infinity;
    return (this.now() - (deadlineMs ?? 0)) / this.rate;
  }

  get instance(): string {
    return this.#instance;
  }

  /** The clock that the lease is counted by. */
  now(): number {
    const { agenda, mutation } = this.#world;
    const missed = mutation === "a clock that stops in suspend" ? this.#suspendedMs : 0;
    const stepped = mutation === "a wall clock for the deadline" ? this.#steppedMs : 0;
    return (agenda.now - missed) * this.rate + stepped;
  }

  start(): void {
    this.#heartbeat();
    this.#world.agenda.after(this.#world.random() * EXPORT_MS, () => this.#exportLoop());
  }

  /** Stands still: nothing of it runs until then. */
  freeze(forMs: number, isSuspend: boolean): void {
    const until = this.#world.agenda.now + forMs;
    const further = until - Math.max(this.#frozenUntil, this.#world.agenda.now);
    if (isSuspend) this.#suspendedMs += Math.max(0, further);
    this.#frozenUntil = Math.max(this.#frozenUntil, until);
  }

  /** Nothing of it reaches the store until then. */
  cut(forMs: number): void {
    this.#cutUntil = Math.max(this.#cutUntil, this.#world.agenda.now + forMs);
  }

  stepWallClock(byMs: number): void {
    this.#steppedMs += byMs;
  }

  crash(): void {
    this.#isAlive = false;
  }

  /** A copy that believes to be the same process, as of a machine that was copied while it ran. */
  clone(): ModelTask {
    const copy = new ModelTask(this.#world, this.rate, this.policy);
    copy.#instance = this.#instance;
    copy.lease = this.lease;
    copy.#suspendedMs = this.#suspendedMs;
    copy.#steppedMs = this.#steppedMs;
    copy.#frozenUntil = this.#frozenUntil;
    return copy;
  }

  /** Ends as it should: no more heartbeats, exports under way first, then the number goes back. */
  stop(): void {
    this.#isStopping = true;
    this.#handBack();
  }

  #handBack(): void {
    const { mutation, random } = this.#world;
    const waits = mutation !== "released with an export under way";
    this.#whenIdle(waits, () => {
      this.#release(random() * 200, waits ? this.policy.quarantineMs : 0);
      if (waits) this.#isAlive = false;
    });
  }

  /** Hands the number back, on a connection that is slow; asks anew when it has waited long enough. */
  offAndOn(lateMs: number): void {
    this.#isStopping = true;
    this.#whenIdle(true, () => {
      this.#release(lateMs, this.policy.quarantineMs);
      this.#later(Math.min(lateMs, this.policy.requestTimeoutMs / this.rate), () => {
        this.lease = applyStart(this.lease);
        this.#isStopping = false;
        this.#heartbeat();
      });
    });
  }

  #whenIdle(alsoExports: boolean, act: () => void): void {
    const isBusy = this.#heartbeats > 0 || (this.#exports > 0 && alsoExports);
    if (isBusy) this.#later(50, () => this.#whenIdle(alsoExports, act));
    else act();
  }

  /** Lets a release arrive after so long. */
  #release(afterMs: number, quarantineMs: number): void {
    const { agenda, store } = this.#world;
    const { grant } = this.lease;
    this.lease = applyRelease(this.lease);
    if (grant === undefined) return;
    const instance = this.#instance;
    const release = { ...grant, seq: this.lease.seq, quarantineMs };
    agenda.after(afterMs, () => {
      if (!store.isOut && agenda.now >= this.#cutUntil) store.release(instance, release);
    });
  }

  /** Runs `act` after a delay, once the process runs; not at all when it is dead by then. */
  #later(delayMs: number, act: () => void): void {
    const { agenda } = this.#world;
    agenda.after(delayMs, () => {
      if (!this.#isAlive) return;
      if (agenda.now < this.#frozenUntil) this.#later(this.#frozenUntil - agenda.now, act);
      else act();
    });
  }

  #heartbeat(): void {
    if (this.#isStopping || !this.#isAlive) return;
    const { policy } = this;
    const { agenda, store, mutation, random } = this.#world;
    const isRough = this.#world.isRough();
    const loses = (): boolean => isRough && random() < 0.05;
    const delayMs = (): number => (isRough && random() < 0.2 ? random() * 4_000 : random() * 100);
    const sentAtMs = this.now();
    const { state, heartbeat } = nextHeartbeat(this.lease, policy, sentAtMs);
    this.lease = state;
    const instance = this.#instance;
    const asked = { ...heartbeat, holdMs: holdOf(policy, mutation) };
    let isOver = false;
    this.#heartbeats++;

    const over = (nextMs: number): void => {
      isOver = true;
      this.#heartbeats--;
      this.#later(nextMs / this.rate, () => this.#heartbeat());
    };
    const receive = (answer: HeartbeatAnswer): void => {
      const isLate = isOver;
      if (isLate && mutation !== LATE_ANSWERS) return;
      const countedFrom =
        mutation === "deadline from the response" || isLate ? this.now() : sentAtMs;
      const again = this.#follow(answer, countedFrom);
      if (!isLate) over(again ? 0 : policy.heartbeatMs * (0.9 + 0.2 * random()));
    };
    const request = (afterMs: number): void =>
      agenda.after(afterMs, () => {
        if (store.isOut || agenda.now < this.#cutUntil) return;
        const isGivenUp = isOver && mutation !== LATE_ANSWERS;
        const answer = store.heartbeat(instance, asked, this.#isAlive && !isGivenUp);
        if (!loses()) this.#later(delayMs(), () => receive(answer));
      });

    if (!loses()) request(delayMs());
    // A request that was lost may turn up later, and one that was not may do so twice.
    if (loses()) request(delayMs() + random() * 20_000);
    this.#later(policy.requestTimeoutMs / this.rate, () => {
      if (!isOver) over(500 + random() * 2_500);
    });
  }

  /** @returns whether to ask again at once */
  #follow(answer: HeartbeatAnswer, countedFromMs: number): boolean {
    const { policy } = this;
    const { mutation } = this.#world;
    if (mutation === "loss ignored" && answer.kind === "lost") return false;
    if (this.lease.released) return false;
    const { state, outcome } = applyAnswer(this.lease, answer, countedFromMs, policy);
    this.lease = state;
    if (outcome === "granted") this.#world.granted(state.grant!.num, state.grant!.epoch, this);
    if (outcome === "collision") this.#instance = `i-${instances++}`;
    return outcome === "lost" || outcome === "collision";
  }

  #exportLoop(): void {
    const { random } = this.#world;
    if (!this.#isStopping && this.#exports === 0) this.#export();
    this.#later((EXPORT_MS * (0.5 + random())) / this.rate, () => this.#exportLoop());
  }

  /** Collects under the number, if it is sure, and sends. */
  #export(): void {
    const { grant } = this.lease;
    if (grant === undefined || !this.#mayExport()) return;
    const { policy } = this;
    const { random, mutation, agenda } = this.#world;
    this.#exports++;
    const end = (): void => void this.#exports--;
    this.#later(random() * 300, () => {
      const isSame = this.lease.grant?.epoch === grant.epoch;
      const checks = mutation !== "no check before writing" && mutation !== "no gate";
      const ignores = mutation === "loss ignored";
      if (checks && !ignores && !(isSame && this.#mayExport())) return end();
      // The bytes leave within the export's time limit, or not at all; a process that stands still
      // meanwhile finds the time limit over when it wakes.
      const beganAt = agenda.now;
      const writeMs = random() < 0.5 ? random() * 100 : lateIn(policy.exportTimeoutMs, random);
      this.#later(writeMs, () => {
        end();
        if (agenda.now - beganAt > policy.exportTimeoutMs) return;
        this.#landedAt = Math.max(this.#landedAt, agenda.now + lateIn(TRANSIT_MS, random));
        agenda.after(this.#landedAt - agenda.now, () => {
          this.#world.landed(grant.num, grant.epoch, this);
        });
      });
    });
  }

  #mayExport(): boolean {
    const { policy } = this;
    const { mutation } = this.#world;
    if (mutation === "no gate" || mutation === "loss ignored") return true;
    const marginMs = mutation === "no export time in the gate" ? 0 : policy.exportTimeoutMs;
    return isSure(this.lease, this.now(), marginMs);
  }
}

function holdOf(policy: LeasePolicy, mutation: Mutation | undefined): number {
  switch (mutation) {
    case "hold equal to the lease":
      return policy.leaseMs;
    case "no grace beyond the lease":
      return policy.holdMs - policy.graceMs;
    case "no drift in the hold":
      return policy.leaseMs + policy.graceMs;
    default:
      return policy.holdMs;
  }
}

/** A time within a limit, most often close to it: that is where a margin is too small. */
function lateIn(limitMs: number, random: () => number): number {
  return limitMs * (random() < 0.3 ? random() : 1 - 0.1 * random());
}
