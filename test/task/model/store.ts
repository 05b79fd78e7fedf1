import type { Heartbeat, HeartbeatAnswer, Release } from "../../../src/task/allocator.ts";
import { notify, release, settle } from "../../../src/task/allocators/ledger.ts";
import { MemorySlots } from "../../../src/task/allocators/memory/memory-slots.ts";
import type { Slot, Times } from "../../../src/task/allocators/slots.ts";
import type { TargetMemory } from "../../../src/task/allocators/target-memory.ts";
import type { LeasePolicy } from "../../../src/task/policy.ts";
import type { Agenda } from "./agenda.ts";
import type { Mutation } from "./variants.ts";

/** When the wall clock of the store stood at true time zero. */
const EPOCH_MS = 1_700_000_000_000;

/** Slots that a clock which was set back keeps for longer. */
class UncappedSlots extends MemorySlots {
  override cap(): void {}
}

type OnGrant = (num: number, instance: string, isHeeded: boolean) => void;

/** The allocator's side of the model: the rules of the real allocators over a store in memory. */
export class ModelStore {
  readonly #agenda: Agenda;
  readonly #rate: number;
  readonly #policy: LeasePolicy;
  readonly #mutation: Mutation | undefined;
  readonly #onGrant: OnGrant;
  #slots: MemorySlots;
  /** What was written when, for a failover to go back in. */
  #log: { readonly at: number; readonly slot?: Slot; readonly memory?: TargetMemory }[] = [];
  #outageUntil = 0;
  #setBackMs = 0;
  #isUnaware = false;

  /** @param onGrant told of each number that is given away, but not of renewals */
  constructor(
    agenda: Agenda,
    rate: number,
    policy: LeasePolicy,
    mutation: Mutation | undefined,
    onGrant: OnGrant,
  ) {
    this.#onGrant = onGrant;
    this.#agenda = agenda;
    this.#rate = rate;
    this.#policy = policy;
    this.#mutation = mutation;
    this.#slots = this.#none();
  }

  /** The slots as they are, for the invariants. */
  get slots(): MemorySlots {
    return this.#slots;
  }

  get isOut(): boolean {
    return this.#agenda.now < this.#outageUntil;
  }

  /** Whether it was emptied, and nobody has come back yet by whom it could know. */
  get isUnaware(): boolean {
    return this.#isUnaware;
  }

  /** The store's own clock. */
  now(): number {
    return this.#agenda.now * this.#rate - this.#setBackMs;
  }

  get wasSetBack(): boolean {
    return this.#setBackMs > 0;
  }

  setBack(byMs: number): void {
    this.#setBackMs += byMs;
  }

  /** All is forgotten, at once and for good. */
  empty(): void {
    this.#log = [];
    this.#slots = this.#none();
    this.#isUnaware = true;
  }

  outage(forMs: number): void {
    this.#outageUntil = Math.max(this.#outageUntil, this.#agenda.now + forMs);
  }

  /** Another server takes over, without what was written in the last `lostMs`. */
  failover(lostMs: number): void {
    this.#log = this.#log.filter(({ at }) => at <= this.#agenda.now - lostMs);
    this.#slots = this.#none();
    for (const { slot, memory } of this.#log) {
      if (slot !== undefined) {
        this.#slots.fill(slot.num, 0);
        this.#slots.put(slot);
      }
      if (memory !== undefined) this.#slots.remember(memory);
    }
    if (this.#mutation === "no rest after a failover") return;
    const { holdMs } = this.#policy;
    // Whatever was granted until now may be lost, whether or not an earlier loss is being settled.
    const { wallTime } = this.#times();
    this.#write(() => settle(this.#slots, this.#times(), { holdMs, epochAtLeast: wallTime }));
  }

  /** @param isHeeded whether anybody waits for the answer */
  heartbeat(instance: string, heartbeat: Heartbeat, isHeeded: boolean): HeartbeatAnswer {
    const own = this.#slots.ofInstance(instance);
    const given = this.#mutation === "sequence numbers ignored" ? Infinity : heartbeat.seq;
    const { longestHoldMs: _, ...untold } = heartbeat;
    const asked =
      this.#mutation === "a rest as long as the hold of the one who comes back"
        ? untold
        : heartbeat;
    const answer = this.#write(() =>
      notify(this.#slots, this.#times(), instance, { ...asked, seq: given }),
    );
    const memory = this.#slots.memory()!;
    this.#isUnaware &&= memory.settlesUntil === 0;
    if (this.#servesNewcomers(answer)) this.#slots.remember({ ...memory, settlesUntil: 0 });
    if (answer.kind === "granted" && answer.epoch !== own?.epoch) {
      this.#onGrant(answer.num, instance, isHeeded);
    }
    if (this.#mutation === "sequence numbers ignored") this.#forgetSeq(instance);
    if (this.#mutation === "epochs not renewed" && answer.kind === "granted") {
      this.#slots.put({ ...this.#slots.at(answer.num)!, epoch: 1 });
      return { ...answer, epoch: 1 };
    }
    return answer;
  }

  release(instance: string, grant: Release): void {
    const { seq: _, ...unnumbered } = grant;
    const said = this.#mutation === "releases without a sequence number" ? unnumbered : grant;
    this.#write(() => release(this.#slots, this.#times(), instance, said));
  }

  #servesNewcomers({ kind }: HeartbeatAnswer): boolean {
    switch (this.#mutation) {
      case "newcomers served once an owner has come back to an emptied store":
        return kind === "granted";
      case "newcomers served while owners come back to find their numbers taken":
        return kind === "lost";
      default:
        return false;
    }
  }

  #none(): MemorySlots {
    return this.#mutation === "ends that a clock set back makes longer"
      ? new UncappedSlots()
      : new MemorySlots();
  }

  #times(): Times {
    const isAnew = this.#mutation === "epochs that begin anew in an emptied store";
    return { now: this.now(), wallTime: isAnew ? 0 : EPOCH_MS + this.#agenda.now };
  }

  /** Keeps in the log what a call changed. */
  #write<T>(call: () => T): T {
    const before = this.#all();
    const remembered = this.#slots.memory();
    const result = call();
    const at = this.#agenda.now;
    this.#all().forEach((slot, num) => {
      if (slot !== before[num]) this.#log.push({ at, slot });
    });
    const memory = this.#slots.memory();
    if (memory !== undefined && memory !== remembered) this.#log.push({ at, memory });
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
