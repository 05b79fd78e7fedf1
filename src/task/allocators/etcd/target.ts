import type { Grant, Heartbeat, HeartbeatAnswer, Release } from "../../allocator.ts";
import type { EtcdClient } from "./client.ts";
import { fillBelow, lowestFree } from "./free-numbers.ts";
import { Leases } from "./leases.ts";
import { EtcdMemory, remembered, type Remembered } from "./memory.ts";
import { type MemoryRecord, type NumberRecord, recordOf, type TargetKeys } from "./records.ts";
import { decode, isAsRead, type KeyValue, put, read, remove, txn, type TxnPart } from "./txn.ts";

/** The state of a number, as the keys show it. */
interface Found extends Remembered {
  readonly num: number;
  readonly number: KeyValue | undefined;
  readonly hold: KeyValue | undefined;
  readonly record: NumberRecord | undefined;
  /** The number of the instance that was asked about. */
  readonly mine: number | undefined;
}

/**
 * The rules of `ledger.ts` on etcd's keys: each attempt reads them, and writes only if nobody changed them
 * since. It returns `undefined` when another process was faster; the caller then tries again.
 */
export class EtcdTarget {
  readonly #client: EtcdClient;
  readonly #leases: Leases;
  readonly #keys: TargetKeys;
  readonly #memory: EtcdMemory;
  readonly #signal: AbortSignal;

  constructor(client: EtcdClient, keys: TargetKeys, signal: AbortSignal) {
    this.#client = client;
    this.#leases = new Leases(client);
    this.#keys = keys;
    this.#memory = new EtcdMemory(client, this.#leases, keys, signal);
    this.#signal = signal;
  }

  async notify(instance: string, beat: Heartbeat): Promise<HeartbeatAnswer | undefined> {
    const { held, seq, maxTasks } = beat;
    const guess = await this.#find(held?.num ?? 0, instance);
    const { mine } = guess;
    if (mine !== undefined) {
      const own = guess.num === mine ? guess : await this.#find(mine, instance);
      if (own.record?.instance !== instance) return this.#forget(instance, own);
      if (!(seq > own.record.seq)) return { kind: "collision" };
      const isInDoubt = own.memoryPair !== undefined && own.record.epoch < own.memory.sureFrom;
      if (isInDoubt && held === undefined) return this.#disown(instance, own, own.record);
      if (mine < maxTasks) {
        if (held === undefined || (held.num === mine && held.epoch === own.record.epoch)) {
          return this.#renew(instance, beat, own, own.record);
        }
        const isForgotten = held.epoch > own.record.epoch;
        if (isForgotten && (await this.#memory.settle(beat, held, own)) === undefined)
          return undefined;
        return { kind: "lost" };
      }
      const isMoved = await this.#letGo(instance, own, own.record, beat.holdMs);
      return isMoved && held !== undefined ? { kind: "lost" } : undefined;
    }
    if (held !== undefined) return this.#restore(instance, beat, held, guess);
    return guess.settling === undefined ? this.#grantLowest(instance, beat) : { kind: "no_number" };
  }

  async release(instance: string, grant: Release): Promise<boolean | undefined> {
    const found = await this.#find(grant.num, instance);
    const { record, hold } = found;
    if (record?.instance !== instance || record.epoch !== grant.epoch) return false;
    if (grant.seq !== undefined && !(grant.seq > record.seq)) return false;
    const isReleased = await this.#letGo(instance, found, record, grant.quarantineMs);
    if (!isReleased) return undefined;
    if (hold?.lease !== undefined) await this.#leases.revoke(hold.lease, this.#signal);
    return true;
  }

  async #renew(
    instance: string,
    beat: Heartbeat,
    found: Found,
    { epoch }: NumberRecord,
  ): Promise<HeartbeatAnswer | undefined> {
    const { num, hold } = found;
    const lives =
      hold?.lease !== undefined &&
      (await this.#leases.keepAlive(hold.lease, beat.holdMs, this.#signal));
    // An expired or shorter hold gets a new lease.
    const lease = lives ? undefined : await this.#leases.grant(beat.holdMs, this.#signal);
    const record = recordText({ instance, epoch, ...saidBy(beat) });
    const longest = this.#memory.write(found, Math.max(found.memory.longestHoldMs, beat.holdMs));
    const isWritten = await this.#write(
      [isAsRead(this.#keys.number(num), found.number), ...longest.compare],
      [
        put(this.#keys.number(num), record),
        ...(lease === undefined ? [] : [put(this.#keys.hold(num), String(beat.holdMs), lease)]),
        ...longest.success,
      ],
    );
    return isWritten ? granted({ num, epoch }, beat, found.memory) : this.#giveUp(lease);
  }

  async #restore(
    instance: string,
    beat: Heartbeat,
    held: Grant,
    found: Found,
  ): Promise<HeartbeatAnswer | undefined> {
    const { record, hold } = found;
    const isForgotten =
      record === undefined || record.epoch < held.epoch || held.epoch < found.memory.sureFrom;
    const settled = isForgotten ? await this.#memory.settle(beat, held, found) : found;
    if (settled === undefined) return undefined;
    if (held.num >= beat.maxTasks) return { kind: "lost" };
    if (record !== undefined && record.epoch >= held.epoch) return { kind: "lost" };
    if (record !== undefined && record.instance !== null && hold !== undefined) {
      return { kind: "lost" };
    }
    if (record === undefined) {
      const isFilled = await fillBelow(
        this.#client,
        this.#leases,
        this.#keys,
        held.num,
        settled.memory.longestHoldMs,
        this.#signal,
      );
      if (!isFilled) return undefined;
    }
    return this.#grant(instance, beat, { ...found, ...settled }, held.epoch + 1);
  }

  async #grantLowest(instance: string, beat: Heartbeat): Promise<HeartbeatAnswer | undefined> {
    const { num, longestHoldMs } = await lowestFree(this.#client, this.#keys, this.#signal);
    if (num >= beat.maxTasks) return { kind: "full" };
    const found = await this.#find(num, instance);
    if (found.hold !== undefined || found.settling !== undefined) return undefined;
    return this.#grant(instance, beat, found, 0, longestHoldMs);
  }

  /** Grants a number to an instance that has none. */
  async #grant(
    instance: string,
    beat: Heartbeat,
    found: Found,
    epochAtLeast: number,
    longestOfOthersMs = found.memory.longestHoldMs,
  ): Promise<HeartbeatAnswer | undefined> {
    const { num, record, memory } = found;
    const { holdMs } = beat;
    // Not the revision: it restarts with a new etcd, and epochs must always grow.
    const floor = Math.max(Date.now(), memory.sureFrom, epochAtLeast);
    const epoch = Math.max((record?.epoch ?? 0) + 1, Math.floor(floor));
    const longestHoldMs = Math.max(longestOfOthersMs, holdMs);
    const longest = this.#memory.write(found, longestHoldMs);
    const lease = await this.#leases.grant(holdMs, this.#signal);
    const former = record?.instance ?? null;
    const isWritten = await this.#write(
      [
        isAsRead(this.#keys.number(num), found.number),
        isAsRead(this.#keys.hold(num), found.hold),
        isAsRead(this.#keys.instance(instance), undefined),
        isAsRead(this.#keys.settling, found.settling),
        ...longest.compare,
      ],
      [
        put(this.#keys.number(num), recordText({ instance, epoch, ...saidBy(beat) })),
        put(this.#keys.hold(num), String(holdMs), lease),
        put(this.#keys.instance(instance), String(num)),
        ...longest.success,
        ...(former === null ? [] : [remove(this.#keys.instance(former))]),
      ],
    );
    if (!isWritten) return this.#giveUp(lease);
    return granted({ num, epoch }, beat, { longestHoldMs });
  }

  /**
   * Takes the number from an instance that may no longer hold it. The hold continues, and the instance asks
   * again.
   */
  async #disown(
    instance: string,
    { num, number, settling }: Found,
    { epoch, seq }: NumberRecord,
  ): Promise<HeartbeatAnswer | undefined> {
    const isWritten = await this.#write(
      [isAsRead(this.#keys.number(num), number)],
      [
        put(this.#keys.number(num), recordText({ instance: null, epoch, seq })),
        remove(this.#keys.instance(instance)),
      ],
    );
    return isWritten && settling !== undefined ? { kind: "no_number" } : undefined;
  }

  /** Takes the number from its owner; it rests for `restMs`. @returns false where it was overtaken */
  async #letGo(
    instance: string,
    found: Found,
    { epoch, seq }: NumberRecord,
    restMs: number,
  ): Promise<boolean> {
    const { num } = found;
    const lease = restMs > 0 ? await this.#leases.grant(restMs, this.#signal) : undefined;
    const isWritten = await this.#write(
      [isAsRead(this.#keys.number(num), found.number)],
      [
        put(this.#keys.number(num), recordText({ instance: null, epoch, seq })),
        remove(this.#keys.instance(instance)),
        lease === undefined ? remove(this.#keys.hold(num)) : put(this.#keys.hold(num), "", lease),
      ],
    );
    if (!isWritten) await this.#giveUp(lease);
    return isWritten;
  }

  /**
   * Removes the key of an instance whose number belongs to another, for example after somebody removed keys
   * by hand.
   */
  async #forget(instance: string, { num, number }: Found): Promise<undefined> {
    await this.#write(
      [isAsRead(this.#keys.number(num), number)],
      [remove(this.#keys.instance(instance))],
    );
    return undefined;
  }

  async #find(num: number, instance: string): Promise<Found> {
    const keys = this.#keys;
    const parts = [
      ...[keys.number(num), keys.hold(num), keys.instance(instance)].map(read),
      ...[keys.memory, keys.settling].map(read),
    ];
    const { ranges } = await txn(this.#client, [], parts, this.#signal);
    const [[numberPair] = [], [holdPair] = [], [own] = [], [memoryPair] = [], [settling] = []] =
      ranges;
    return {
      num,
      number: numberPair,
      hold: holdPair,
      record: recordOf(numberPair),
      mine: own === undefined ? undefined : Number(decode(own.value ?? "")),
      ...remembered(memoryPair, settling),
    };
  }

  async #write(compare: readonly TxnPart[], success: readonly TxnPart[]): Promise<boolean> {
    return (await txn(this.#client, compare, success, this.#signal)).succeeded;
  }

  async #giveUp(lease: string | undefined): Promise<undefined> {
    if (lease !== undefined) await this.#leases.revoke(lease, this.#signal);
    return undefined;
  }
}

function granted(
  { num, epoch }: Grant,
  { leaseMs, holdMs }: Heartbeat,
  { longestHoldMs }: Pick<MemoryRecord, "longestHoldMs">,
): HeartbeatAnswer {
  const longest = longestHoldMs > holdMs ? { longestHoldMs } : {};
  return { kind: "granted", num, epoch, leaseMs, ...longest };
}

/** The fields that a record takes from a heartbeat. */
function saidBy({ seq, adminUrl }: Heartbeat): Pick<NumberRecord, "seq" | "adminUrl"> {
  return { seq, ...(adminUrl !== undefined && { adminUrl }) };
}

function recordText(record: NumberRecord): string {
  return JSON.stringify(record);
}
