import type { Clock } from "../../shared/clock.ts";
import type { Grant, Heartbeat, HeartbeatAnswer, Release } from "../../task/allocator.ts";
import { notify, release as releaseSlot } from "../../task/allocators/ledger.ts";
import { MemorySlots } from "../../task/allocators/memory/memory-slots.ts";
import type { Times } from "../../task/allocators/slots.ts";
import { DRIFT } from "../../task/policy.ts";

/** The lent number, and the time by the clock until which it is lent. */
export interface LentNumber {
  readonly num: number;
  readonly remainingMs: number;
  /** The same for the same grant of the number. */
  readonly key: string;
}

/** The most workers that share one number. */
const MAX_WORKERS = 1_024;

/**
 * The workers that share a task number. Each has a place, the lowest free one, by the same rules as for task
 * numbers of processes. No worker may use its place longer than the number is held.
 */
export class Places {
  readonly #clock: Clock;
  readonly #slots = new MemorySlots();
  /**
   * For each instance: the time by the clock until which it may use its place, and the heartbeat that granted
   * it.
   */
  readonly #promises = new Map<string, { readonly until: number; readonly seq: number }>();
  /** The released places, which stay reserved for the last exports of their instances. */
  readonly #resting = new Map<string, Grant>();
  #key: string | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How much longer an instance may use the number. */
  get remainingMs(): number {
    const now = this.#clock.now();
    return Math.max(0, ...Array.from(this.#promises.values(), ({ until }) => until - now));
  }

  /** The number of held places. */
  get held(): number {
    this.#slots.expire(this.#clock.now());
    return this.#slots.taken().filter(({ instance }) => instance !== null).length;
  }

  /** Answers a worker's heartbeat. `lent` is undefined while there is no number to lend. */
  notify(instance: string, heartbeat: Heartbeat, lent: LentNumber | undefined): HeartbeatAnswer {
    if (lent === undefined) return { kind: "no_number" };
    const { held, ...rest } = heartbeat;
    if (lent.num >= rest.maxTasks) return { kind: held === undefined ? "full" : "lost" };
    this.#follow(lent.key);
    // The worker's number is not ours, so its place has no meaning here.
    if (held !== undefined && (held.num !== lent.num || held.worker === undefined)) {
      return { kind: "lost" };
    }
    const answer = notify(this.#slots, this.#times(), instance, {
      ...rest,
      ...(held !== undefined && { held: { num: held.worker!, epoch: held.epoch } }),
      maxTasks: MAX_WORKERS,
    });
    if (answer.kind !== "granted") return answer;
    // The worker counts from before its request, so that its lease ends first. Its clock may be slow.
    const leaseMs = Math.min(heartbeat.leaseMs, (lent.remainingMs * (1 - DRIFT)) / (1 + DRIFT));
    this.#promise(instance, leaseMs, heartbeat.seq);
    return { ...answer, num: lent.num, worker: answer.num, leaseMs };
  }

  /**
   * Releases exactly this place.
   * @returns whether `instance` had it
   */
  release(instance: string, { worker, ...release }: Release): boolean {
    if (worker === undefined) return false;
    const grant = { ...release, num: worker };
    if (!releaseSlot(this.#slots, this.#times(), instance, grant)) return false;
    this.#promises.delete(instance);
    for (const [other, rested] of this.#resting) {
      if (!this.#rests(rested)) this.#resting.delete(other);
    }
    this.#resting.set(instance, grant);
    return true;
  }

  /** Called when the instance confirms, after the answer to heartbeat `seq`, that it holds nothing. */
  ended(instance: string, seq: number): void {
    const promise = this.#promises.get(instance);
    // A later heartbeat may have changed it since.
    if (promise !== undefined && promise.seq < seq) this.#promises.delete(instance);
  }

  /** Frees the place of an ended process at once, because no export can follow. */
  gone(instance: string): void {
    const slot = this.#slots.ofInstance(instance);
    if (slot !== undefined) this.release(instance, { ...placeOf(slot), quarantineMs: 0 });
    const rested = this.#resting.get(instance);
    if (rested !== undefined && this.#rests(rested)) {
      this.#slots.put({ ...this.#slots.at(rested.num)!, until: null });
    }
    this.#resting.delete(instance);
    this.#promises.delete(instance);
  }

  /** After a new grant of the number each instance keeps its place, with a new grant. */
  #follow(key: string): void {
    if (this.#key !== undefined && this.#key !== key) {
      const { wallTime } = this.#times();
      for (const slot of this.#slots.taken()) {
        if (slot.instance === null) continue;
        this.#slots.put({ ...slot, epoch: this.#slots.nextEpoch(wallTime) });
      }
    }
    this.#key = key;
  }

  #rests({ num, epoch }: Grant): boolean {
    const slot = this.#slots.at(num);
    return slot?.instance === null && slot.epoch === epoch && slot.until !== null;
  }

  #promise(instance: string, leaseMs: number, seq: number): void {
    const now = this.#clock.now();
    for (const [other, promise] of this.#promises) {
      if (promise.until <= now) this.#promises.delete(other);
    }
    const until = now + (leaseMs * (1 + DRIFT)) / (1 - DRIFT);
    const before = this.#promises.get(instance)?.until ?? 0;
    this.#promises.set(instance, { until: Math.max(before, until), seq });
  }

  #times(): Times {
    return { now: this.#clock.now(), wallTime: this.#clock.wallTime() };
  }
}

function placeOf(slot: Grant): Grant {
  return { num: slot.num, epoch: slot.epoch, worker: slot.num };
}
