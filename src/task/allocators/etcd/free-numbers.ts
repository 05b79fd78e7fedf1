import type { EtcdClient } from "./client.ts";
import type { Leases } from "./leases.ts";
import { numberOf, type TargetKeys } from "./records.ts";
import { isAsRead, put, readAll, txn } from "./txn.ts";

/** Numbers in one transaction: etcd allows 128 parts of it, in each of its lists. */
const BATCH = 50;

/** The lowest number that is neither held nor rests. Reads the keys of all that are. */
export async function lowestFree(
  client: EtcdClient,
  keys: TargetKeys,
  signal: AbortSignal,
): Promise<number> {
  const held = await numbersUnder(client, keys.holds, signal);
  const gap = held.findIndex((num, index) => num !== index);
  return gap === -1 ? held.length : gap;
}

/**
 * Lets the numbers below `num` that have no record rest for a hold: their owners are to come back.
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
  const known = new Set(await numbersUnder(client, keys.numbers, signal));
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

async function numbersUnder(
  client: EtcdClient,
  prefix: string,
  signal: AbortSignal,
): Promise<number[]> {
  const { ranges } = await txn(client, [], [readAll(prefix, { keysOnly: true })], signal);
  return (ranges[0] ?? []).map(numberOf);
}
