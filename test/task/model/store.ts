import type { Heartbeat, HeartbeatAnswer, Release } from "../../../src/task/allocator.ts";
import { notify, release, settle } from "../../../src/task/allocators/ledger.ts";
import { MemorySlots } from "../../../src/task/allocators/memory/memory-slots.ts";
import type { Slot } from "../../../src/task/allocators/slots.ts";
import type { LeasePolicy } from "../../../src/task/policy.ts";
import type { Agenda } from "./agenda.ts";
import type { Mutation } from "./variants.ts";

/** When the wall clock of the store stood at true time zero. */
const EPOCH_MS = 1_700_000_000_000;

/** The allocator's side of the model: the rules of the real allocators over a store in memory. */
export class ModelStore {
  readonly #agenda: Agenda;
  readonly #rate: number;
  readonly #policy: LeasePolicy;
  readonly #mutation: Mutation | undefined;
  readonly #onGrant: (num: number, instance: string) => void;
  #slots = new MemorySlots();
  /** What was written when, for a failover to go back in. */
  #log: { readonly at: number; readonly slot: Slot }[] = [];
  #outageUntil = 0;
  #restUntil = 0;
  /** Grants before this may have been followed by others that are forgotten. */
  #oldestSureEpoch = 0;

  /** @param onGrant told of each number that is given away, but not of renewals */
  constructor(
    agenda: Agenda,
    rate: number,
    policy: LeasePolicy,
    mutation: Mutation | undefined,
    onGrant: (num: number, instance: string) => void,
  ) {
    this.#onGrant = onGrant;
    this.#agenda = agenda;
    this.#rate = rate;
    this.#policy = policy;
    this.#mutation = mutation;
  }

  /** The slots as they are, for the invariants. */
  get slots(): MemorySlots {
    return this.#slots;
  }

  get isOut(): boolean {
    return this.#agenda.now < this.#outageUntil;
  }

  /** The store's own clock. */
  now(): number {
    return this.#agenda.now * this.#rate;
  }

  outage(forMs: number): void {
    this.#outageUntil = Math.max(this.#outageUntil, this.#agenda.now + forMs);
  }

  /** Another server takes over, without what was written in the last `lostMs`. */
  failover(lostMs: number): void {
    this.#log = this.#log.filter(({ at }) => at <= this.#agenda.now - lostMs);
    this.#slots = new MemorySlots();
    for (const { slot } of this.#log) {
      this.#slots.fill(slot.num, 0);
      this.#slots.put(slot);
    }
    if (this.#mutation !== "no rest after a failover") {
      this.#restUntil = this.now() + this.#policy.holdMs;
      this.#oldestSureEpoch = this.#times().wallTime;
    }
  }

  heartbeat(instance: string, heartbeat: Heartbeat): HeartbeatAnswer {
    // After a failover only those who surely hold a number get it: nobody knows who had the others.
    if (this.now() < this.#restUntil && heartbeat.held === undefined) {
      return { kind: "no_number" };
    }
    const own = this.#slots.ofInstance(instance);
    if (own !== undefined && own.epoch < this.#oldestSureEpoch && heartbeat.held === undefined) {
      this.#write(() => this.#slots.put({ ...own, instance: null }));
    }
    const given = this.#mutation === "sequence numbers ignored" ? Infinity : heartbeat.seq;
    const answer = this.#write(() =>
      notify(this.#slots, this.#times(), instance, { ...heartbeat, seq: given }),
    );
    if (answer.kind === "granted" && answer.epoch !== own?.epoch) {
      this.#onGrant(answer.num, instance);
    }
    if (this.#mutation === "sequence numbers ignored") this.#forgetSeq(instance);
    if (this.#mutation === "epochs not renewed" && answer.kind === "granted") {
      this.#slots.put({ ...this.#slots.at(answer.num)!, epoch: 1 });
      return { ...answer, epoch: 1 };
    }
    return answer;
  }

  release(instance: string, grant: Release): void {
    this.#write(() => release(this.#slots, this.#times(), instance, grant));
  }

  #times(): { now: number; wallTime: number } {
    return { now: this.now(), wallTime: EPOCH_MS + this.#agenda.now };
  }

  /** Keeps in the log what a call changed. */
  #write<T>(call: () => T): T {
    const before = this.#all();
    const result = call();
    this.#all().forEach((slot, num) => {
      if (slot !== before[num]) this.#log.push({ at: this.#agenda.now, slot });
    });
    return result;
  }

  #all(): Slot[] {
    return Array.from({ length: this.#slots.size() }, (_, num) => this.#slots.at(num)!);
  }

  #forgetSeq(instance: string): void {
    const own = this.#slots.ofInstance(instance);
    if (own !== undefined) this.#slots.put({ ...own, seq: 0 });
  }
}
