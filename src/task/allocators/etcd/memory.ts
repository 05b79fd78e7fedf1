import type { Grant, Heartbeat } from "../../allocator.ts";
import type { EtcdClient } from "./client.ts";
import { latestEpoch } from "./free-numbers.ts";
import type { Leases } from "./leases.ts";
import { memoryOf, type MemoryRecord, type TargetKeys } from "./records.ts";
import { isAsRead, type KeyValue, put, read, txn, type TxnPart } from "./txn.ts";

/** A target's memory, and its keys as they were read. */
export interface Remembered {
  readonly memory: MemoryRecord;
  readonly memoryPair: KeyValue | undefined;
  /** The key exists while only processes that hold a number get it. */
  readonly settling: KeyValue | undefined;
}

/** What the two keys say; a target that is new to etcd is sure of what is granted from now on. */
export function remembered(
  memoryPair: KeyValue | undefined,
  settling: KeyValue | undefined,
): Remembered {
  const memory = memoryOf(memoryPair) ?? { sureFrom: Date.now(), longestHoldMs: 0 };
  return { memory, memoryPair, settling };
}

/** Changes a target's memory by the rules of `target-memory.ts`, with a lease as the clock. */
export class EtcdMemory {
  readonly #client: EtcdClient;
  readonly #leases: Leases;
  readonly #keys: TargetKeys;
  readonly #signal: AbortSignal;

  constructor(client: EtcdClient, leases: Leases, keys: TargetKeys, signal: AbortSignal) {
    this.#client = client;
    this.#leases = leases;
    this.#keys = keys;
    this.#signal = signal;
  }

  /** The writes for a new longest hold, or for a memory that does not exist yet. */
  write(
    { memory, memoryPair }: Remembered,
    longestHoldMs: number,
  ): { readonly compare: readonly TxnPart[]; readonly success: readonly TxnPart[] } {
    const isOnRecord = memoryPair !== undefined && memory.longestHoldMs === longestHoldMs;
    const text = JSON.stringify({ ...memory, longestHoldMs });
    return {
      compare: [isAsRead(this.#keys.memory, memoryPair)],
      success: isOnRecord ? [] : [put(this.#keys.memory, text)],
    };
  }

  /**
   * Etcd lost grants: for the length of the longest hold, only processes that hold a number get it.
   * @returns the new memory; undefined when another process was faster
   */
  async settle(
    { holdMs, longestHoldMs: told = 0 }: Heartbeat,
    held: Grant,
    { memory, memoryPair, settling }: Remembered,
  ): Promise<Remembered | undefined> {
    const longestHoldMs = Math.max(memory.longestHoldMs, holdMs, told);
    // A claim from before a known loss is no sign of another loss.
    const isKnown = settling !== undefined && held.epoch < memory.sureFrom;
    const latest = isKnown ? 0 : await latestEpoch(this.#client, this.#keys, this.#signal);
    const sureFrom = isKnown
      ? memory.sureFrom
      : Math.max(Date.now(), held.epoch + 1, memory.sureFrom + 1, latest + 1);
    const lease = await this.#leases.grant(longestHoldMs, this.#signal);
    const { succeeded } = await txn(
      this.#client,
      [isAsRead(this.#keys.memory, memoryPair), isAsRead(this.#keys.settling, settling)],
      [
        put(this.#keys.memory, JSON.stringify({ sureFrom, longestHoldMs })),
        put(this.#keys.settling, "", lease),
      ],
      this.#signal,
    );
    if (succeeded) return this.#read();
    await this.#leases.revoke(lease, this.#signal);
    return undefined;
  }

  async #read(): Promise<Remembered> {
    const parts = [this.#keys.memory, this.#keys.settling].map(read);
    const { ranges } = await txn(this.#client, [], parts, this.#signal);
    const [[memoryPair] = [], [settling] = []] = ranges;
    return remembered(memoryPair, settling);
  }
}
