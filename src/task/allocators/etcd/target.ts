import type { Grant, Heartbeat, HeartbeatAnswer, Release } from "../../allocator.ts";
import type { EtcdClient } from "./client.ts";
import { fillBelow, lowestFree } from "./free-numbers.ts";
import { Leases } from "./leases.ts";
import { type NumberRecord, recordOf, type TargetKeys } from "./records.ts";
import { decode, isAsRead, type KeyValue, put, read, remove, txn, type TxnPart } from "./txn.ts";

/** What the keys say of a number. */
interface Found {
  readonly num: number;
  readonly number: KeyValue | undefined;
  readonly hold: KeyValue | undefined;
  readonly record: NumberRecord | undefined;
  /** The number of the instance that was asked about. */
  readonly mine: number | undefined;
  readonly revision: number;
}

/**
 * The rules of `ledger.ts` on etcd's keys: what they say is read, and written if nobody has changed it
 * since. An attempt that was overtaken answers `undefined`, and is to be made again.
 */
export class EtcdTarget {
  readonly #client: EtcdClient;
  readonly #leases: Leases;
  readonly #keys: TargetKeys;
  readonly #signal: AbortSignal;

  constructor(client: EtcdClient, keys: TargetKeys, signal: AbortSignal) {
    this.#client = client;
    this.#leases = new Leases(client);
    this.#keys = keys;
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
      if (mine < maxTasks) {
        const isOther =
          held !== undefined && (held.num !== mine || held.epoch !== own.record.epoch);
        return isOther ? { kind: "lost" } : this.#renew(instance, beat, own, own.record);
      }
      const isMoved = await this.#letGo(instance, own, own.record, beat.holdMs);
      return isMoved && held !== undefined ? { kind: "lost" } : undefined;
    }
    return held === undefined
      ? this.#grantLowest(instance, beat)
      : this.#restore(instance, beat, held, guess);
  }

  async release(instance: string, grant: Release): Promise<boolean | undefined> {
    const found = await this.#find(grant.num, instance);
    const { record, hold } = found;
    if (record?.instance !== instance || record.epoch !== grant.epoch) return false;
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
    // A hold that has run out, or that was shorter, is made anew.
    const lease = lives ? undefined : await this.#leases.grant(beat.holdMs, this.#signal);
    const record = recordText({ instance, epoch, seq: beat.seq });
    const isWritten = await this.#write(
      [isAsRead(this.#keys.number(num), found.number)],
      [
        put(this.#keys.number(num), record),
        ...(lease === undefined ? [] : [put(this.#keys.hold(num), "", lease)]),
      ],
    );
    if (!isWritten) return this.#giveUp(lease);
    return { kind: "granted", num, epoch, leaseMs: beat.leaseMs };
  }

  async #restore(
    instance: string,
    beat: Heartbeat,
    held: Grant,
    found: Found,
  ): Promise<HeartbeatAnswer | undefined> {
    if (held.num >= beat.maxTasks) return { kind: "lost" };
    const { record, hold } = found;
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
        beat.holdMs,
        this.#signal,
      );
      if (!isFilled) return undefined;
    }
    return this.#grant(instance, beat, found, held.epoch + 1);
  }

  async #grantLowest(instance: string, beat: Heartbeat): Promise<HeartbeatAnswer | undefined> {
    const num = await lowestFree(this.#client, this.#keys, this.#signal);
    if (num >= beat.maxTasks) return { kind: "full" };
    const found = await this.#find(num, instance);
    return found.hold === undefined ? this.#grant(instance, beat, found, 0) : undefined;
  }

  /** Gives a number to an instance that has none. */
  async #grant(
    instance: string,
    beat: Heartbeat,
    found: Found,
    epochAtLeast: number,
  ): Promise<HeartbeatAnswer | undefined> {
    const { num, record, revision } = found;
    const { seq, holdMs, leaseMs } = beat;
    const epoch = Math.max((record?.epoch ?? 0) + 1, revision + 1, epochAtLeast);
    const lease = await this.#leases.grant(holdMs, this.#signal);
    const former = record?.instance ?? null;
    const isWritten = await this.#write(
      [
        isAsRead(this.#keys.number(num), found.number),
        isAsRead(this.#keys.hold(num), found.hold),
        isAsRead(this.#keys.instance(instance), undefined),
      ],
      [
        put(this.#keys.number(num), recordText({ instance, epoch, seq })),
        put(this.#keys.hold(num), "", lease),
        put(this.#keys.instance(instance), String(num)),
        ...(former === null ? [] : [remove(this.#keys.instance(former))]),
      ],
    );
    if (!isWritten) return this.#giveUp(lease);
    return { kind: "granted", num, epoch, leaseMs };
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

  /** Removes the key of an instance whose number is another's, as after keys were removed by hand. */
  async #forget(instance: string, { num, number }: Found): Promise<undefined> {
    await this.#write(
      [isAsRead(this.#keys.number(num), number)],
      [remove(this.#keys.instance(instance))],
    );
    return undefined;
  }

  async #find(num: number, instance: string): Promise<Found> {
    const keys = this.#keys;
    const parts = [keys.number(num), keys.hold(num), keys.instance(instance)].map(read);
    const { ranges, revision } = await txn(this.#client, [], parts, this.#signal);
    const [[numberPair] = [], [holdPair] = [], [own] = []] = ranges;
    return {
      num,
      number: numberPair,
      hold: holdPair,
      record: recordOf(numberPair),
      mine: own === undefined ? undefined : Number(decode(own.value ?? "")),
      revision,
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

function recordText(record: NumberRecord): string {
  return JSON.stringify(record);
}
