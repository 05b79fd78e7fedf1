import { readAdminUrl } from "../../admin-url.ts";
import type { TaskListing } from "../../allocator.ts";
import type { EtcdClient } from "./client.ts";
import { Leases } from "./leases.ts";
import { numberOf, recordOf } from "./records.ts";
import { decode, type KeyValue, readAll, txn } from "./txn.ts";

/** The most concurrent requests. */
const AT_ONCE = 20;

/** The numbers under a key prefix that are held or resting. Makes one request per lease. */
export async function listAll(
  client: EtcdClient,
  under: string,
  signal: AbortSignal,
): Promise<TaskListing[]> {
  const { ranges } = await txn(client, [], [readAll(under)], signal);
  const found = new Map((ranges[0] ?? []).map((pair) => [decode(pair.key), pair]));
  const leases = new Leases(client);
  const listings: TaskListing[] = [];
  const holds = [...found].filter(([key]) => /\/holds\/\d+$/.test(key));
  const listNext = async (): Promise<void> => {
    for (let next = holds.pop(); next !== undefined; next = holds.pop()) {
      const [key, hold] = next;
      const until = Date.now() + (await leases.remainingMs(hold.lease ?? "0", signal));
      const number = found.get(key.replace(/\/holds\/(\d+)$/, "/numbers/$1"));
      listings.push(listingOf(key, hold, number, until));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, listNext));
  return listings.toSorted((a, b) =>
    a.target === b.target ? a.num - b.num : a.target < b.target ? -1 : 1,
  );
}

function listingOf(
  key: string,
  hold: KeyValue,
  number: KeyValue | undefined,
  until: number,
): TaskListing {
  const target = key.split("/").at(-3) ?? "";
  const record = recordOf(number);
  const instance = record?.instance ?? null;
  const adminUrl = readAdminUrl(record?.adminUrl);
  return {
    target,
    num: numberOf(hold),
    ...(instance !== null && { instance, ...(adminUrl && { adminUrl }) }),
    epoch: record?.epoch ?? 0,
    until,
  };
}
