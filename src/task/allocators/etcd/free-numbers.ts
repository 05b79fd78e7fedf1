import type { EtcdClient } from "./client.ts";
import type { Leases } from "./leases.ts";
import { numberOf, recordOf, type TargetKeys } from "./records.ts";
import { decode, isAsRead, type KeyValue, put, readAll, txn } from "./txn.ts";

/** Numbers in one transaction: etcd allows 128 parts in each of its lists. */
const BATCH = 50;

/** The lowest number that is neither held nor resting, and the longest hold. Reads all holds. */
export async function lowestFree(
  client: EtcdClient,
  keys: TargetKeys,
  signal: AbortSignal,
): Promise<{ readonly num: number; readonly longestHoldMs: number }> {
  const holds = await allUnder(client, keys.holds, signal);
  const gap = holds.findIndex((hold, index) => numberOf(hold) !== index);
  const longestHoldMs = Math.max(0, ...holds.map(({ value = "" }) => Number(decode(value))));
  return { num: gap === -1 ? holds.length : gap, longestHoldMs };
}

/** The latest epoch of any number. Reads all records. */
export async function latestEpoch(
  client: EtcdClient,
  keys: TargetKeys,
  signal: AbortSignal,
): Promise<number> {
  const records = await allUnder(client, keys.numbers, signal);
  return Math.max(0, ...records.map((record) => recordOf(record)?.epoch ?? 0));
}

/**
 * Lets the numbers below `num` that have no record rest for a hold, so that their owners can come back.
 * @returns false where another process was faster
 */
export async function fillBelow(
  client: EtcdClient,
  leases: Leases,
  keys: TargetKeys,
  num: number,
  holdMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  const known = new Set((await allUnder(client, keys.numbers, signal)).map(numberOf));
  const missing = Array.from({ length: num }, (_, index) => index).filter((n) => !known.has(n));
  if (missing.length === 0) return true;
  const lease = await leases.grant(holdMs, signal);
  const record = JSON.stringify({ instance: null, epoch: 0, seq: 0 });
  for (let start = 0; start < missing.length; start += BATCH) {
    const batch = missing.slice(start, start + BATCH);
    const { succeeded } = await txn(
      client,
      batch.flatMap((n) => [
        isAsRead(keys.number(n), undefined),
        isAsRead(keys.hold(n), undefined),
      ]),
      batch.flatMap((n) => [put(keys.number(n), record), put(keys.hold(n), "", lease)]),
      signal,
    );
    if (!succeeded) return false;
  }
  return true;
}

async function allUnder(
  client: EtcdClient,
  prefix: string,
  signal: AbortSignal,
): Promise<readonly KeyValue[]> {
  const { ranges } = await txn(client, [], [readAll(prefix)], signal);
  return ranges[0] ?? [];
}
