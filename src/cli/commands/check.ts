import type { Command } from "../command.ts";
import { readSpecs } from "../read-specs.ts";

/** `taskmon check FILE…` */
export const check: Command = {
  usage: "FILE…",
  args: { min: 1, max: Infinity },
  options: {},
  help:
    "Checks metric spec files, YAML or JSON, and prints every problem with its place. Several files are one\n" +
    "set: a name or id that is used twice in them is rejected.",
  async run(call) {
    const loaded = await readSpecs(call);
    if (loaded === undefined) return 1;
    const { specs, healthChecks } = loaded;
    if (call.json) {
      const counts = { metrics: specs.length, healthChecks: healthChecks.length };
      call.out(JSON.stringify({ ok: true, ...counts, problems: [] }));
    } else {
      call.out(
        `${count(specs.length, "metric")} and ${count(healthChecks.length, "health check")}: no problems`,
      );
    }
    return 0;
  },
};

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
