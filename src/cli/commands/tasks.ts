import type { Command } from "../command.ts";
import { defaultStore, STORE_HELP, STORE_USAGE, storeOptions, withStore } from "../store.ts";
import { tableLines } from "../../shared/table.ts";
import { chosen, type TargetListing, targetOptions } from "../target-options.ts";

/** `taskmon tasks [STORE-URL]` */
export const tasks: Command = {
  usage: `[${STORE_USAGE}]`,
  args: { min: 0, max: 1 },
  options: { ...targetOptions, ...storeOptions },
  help: `Lists who holds which task number, since when and until when. "expired" is a number whose hold ran\nout, and that its owner still gets back if it is the first to ask; "resting" one that was handed back.\n\n${STORE_HELP}\nWithout one: that of TASKMON_ALLOCATOR, else the files of this host.`,
  async run(call) {
    const store = call.args[0] ?? defaultStore(process.env);
    const found = await withStore(store, call.options, async (allocator, signal) => {
      if (allocator.list === undefined)
        throw new Error(`${allocator.name} cannot list its numbers`);
      return allocator.list(undefined, { signal });
    });
    const now = Date.now();
    const listings = chosen(found, call.options).toSorted(
      (a, b) => a.target.localeCompare(b.target) || a.num - b.num,
    );
    if (call.json) call.out(JSON.stringify(listings.map((listing) => asJson(listing, now))));
    else if (listings.length === 0) call.out("No task numbers are held.");
    else call.out(tableLines([HEAD, ...listings.map((listing) => rowOf(listing, now))]).join("\n"));
    return 0;
  },
};

const HEAD = [
  "SERVICE",
  "JOB",
  "REGION",
  "HOST",
  "NUMBER",
  "STATE",
  "INSTANCE",
  "EPOCH",
  "SINCE",
  "UNTIL",
];

function rowOf(listing: TargetListing, now: number): string[] {
  const { of, num, instance = "-", epoch, heldSince, until } = listing;
  return [
    of.service,
    of.job,
    of.region || "-",
    of.host ?? "-",
    String(num),
    stateOf(listing, now),
    instance,
    String(epoch),
    heldSince === undefined ? "-" : timeOf(heldSince),
    timeOf(until),
  ];
}

function asJson(listing: TargetListing, now: number): object {
  const { of, num, instance, epoch, heldSince, until } = listing;
  return {
    ...of,
    number: num,
    state: stateOf(listing, now),
    instance: instance ?? null,
    epoch,
    since: heldSince === undefined ? null : timeOf(heldSince),
    until: timeOf(until),
  };
}

function stateOf({ instance, until }: TargetListing, now: number): "held" | "expired" | "resting" {
  if (instance === undefined) return "resting";
  return until > now ? "held" : "expired";
}

function timeOf(ms: number): string {
  const time = new Date(ms);
  return Number.isNaN(time.getTime()) ? "-" : time.toISOString();
}
