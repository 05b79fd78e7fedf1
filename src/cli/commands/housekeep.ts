import { assignTaskNumbers } from "../../task/housekeeping.ts";
import type { Target } from "../../task/target.ts";
import type { Command } from "../command.ts";
import { STORE_HELP, STORE_USAGE, storeOptions, withStore } from "../store.ts";
import { asTarget } from "../target-options.ts";
import { UsageError } from "../usage-error.ts";

/** `taskmon housekeep STORE-URL` */
export const housekeep: Command = {
  usage: STORE_USAGE,
  args: { min: 1, max: 1 },
  options: {
    service: { value: "NAME", help: "Only the target of this service" },
    job: { value: "NAME", help: "and of this job (default: the service's name)" },
    region: { value: "NAME", help: "and in this region (default: none)" },
    host: { value: "NAME", help: "and on this host (if numbers are unique per host)" },
    ...storeOptions,
  },
  help:
    "Frees the numbers whose holds have expired, and assigns numbers to waiting instances\n" +
    '(assign: "housekeeping"). A cron job can run it every minute; concurrent runs are safe.\n\n' +
    STORE_HELP,
  async run(call) {
    const target = targetOf(call.options);
    const done = await withStore(call.args[0], call.options, (allocator, signal) =>
      assignTaskNumbers(allocator, { signal, ...(target && { target }) }),
    );
    if (call.json) call.out(JSON.stringify(done));
    else {
      const { freed, assigned, waiting } = done;
      call.out(`Freed ${freed}, assigned ${assigned}, still waiting ${waiting}`);
    }
    return 0;
  },
};

function targetOf(options: Readonly<Record<string, string | true>>): Target | undefined {
  const text = (name: string): string | undefined => {
    const value = options[name];
    return typeof value === "string" ? value : undefined;
  };
  const service = text("service");
  if (service === undefined) {
    if (text("job") ?? text("region") ?? text("host")) throw new UsageError("--service is missing");
    return undefined;
  }
  const host = text("host");
  return asTarget({
    service,
    job: text("job") ?? service,
    region: text("region") ?? "",
    ...(host !== undefined && { host }),
  });
}
