import type { Command, CommandCall } from "../command.ts";
import { STORE_HELP, STORE_USAGE, storeOptions, withStore } from "../store.ts";
import { asTarget, chosen, inWords, type TargetListing, targetOptions } from "../target-options.ts";
import { UsageError } from "../usage-error.ts";

/** `taskmon release STORE-URL --number N` */
export const release: Command = {
  usage: `--number N ${STORE_USAGE}`,
  args: { min: 1, max: 1 },
  options: {
    number: { value: "N", help: "The task number to take from its owner" },
    now: { help: "Free it at once, if the owner is certainly dead" },
    ...targetOptions,
    ...storeOptions,
  },
  help:
    "Takes a task number from its owner. A live owner finds out at its next heartbeat, and asks for\n" +
    "another number. Without --now, nobody gets this number until its hold would have expired.\n\n" +
    STORE_HELP,
  async run(call) {
    const num = numberOption(call);
    const done = await withStore(call.args[0], call.options, async (allocator, signal) => {
      if (allocator.list === undefined)
        throw new Error(`${allocator.name} cannot list its numbers`);
      const all = await allocator.list(undefined, { signal });
      const listing = theOne(
        chosen(all, call.options).filter((one) => one.num === num && one.instance !== undefined),
        num,
      );
      const { instance, epoch, until, of } = listing;
      const isNow = call.options["now"] === true;
      const quarantineMs = isNow ? 0 : Math.max(0, until - Date.now());
      const grant = { num, epoch, quarantineMs };
      const isDone = await allocator.release(asTarget(of), instance!, grant, { signal });
      if (!isDone) throw new Error(`task number ${num} has changed its owner meanwhile`);
      return { ...of, number: num, instance: instance!, quarantineMs };
    });
    if (call.json) call.out(JSON.stringify(done));
    else {
      const rest = Math.ceil(done.quarantineMs / 1_000);
      call.out(
        `Took task number ${num} of ${inWords(done)} from ${done.instance}; ` +
          (rest === 0 ? "it may be given away now" : `it may be given away in ${rest} s`),
      );
    }
    return 0;
  },
};

function numberOption({ options }: CommandCall): number {
  const text = options["number"];
  if (typeof text !== "string") throw new UsageError("--number N is missing");
  if (!/^\d{1,7}$/.test(text)) throw new UsageError(`--number expects a task number, got ${text}`);
  return Number(text);
}

function theOne(listings: readonly TargetListing[], num: number): TargetListing {
  const [first, ...others] = listings;
  if (first === undefined) throw new Error(`nobody holds task number ${num}`);
  if (others.length === 0) return first;
  const targets = listings.map(({ of }) => inWords(of)).join("; ");
  throw new UsageError(`several targets have a task number ${num}, choose one: ${targets}`);
}
