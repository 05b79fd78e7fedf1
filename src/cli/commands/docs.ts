import type { Command } from "../command.ts";
import { deliver, deliveryOptions } from "../deliver.ts";
import { describeSpec, markdown } from "../markdown.ts";
import { readSpecs } from "../read-specs.ts";

/** `taskmon docs FILE…` */
export const docs: Command = {
  usage: "FILE…",
  args: { min: 1, max: Infinity },
  options: deliveryOptions,
  help: "Writes a Markdown table of the metrics in spec files, a section for each service.\nWith --json: the metrics as a JSON list.",
  async run(call) {
    const loaded = await readSpecs(call);
    if (loaded === undefined) return 1;
    if (call.json) {
      call.out(JSON.stringify({ ok: true, metrics: loaded.specs.map(describeSpec) }));
      return 0;
    }
    return deliver(call, markdown(loaded.specs));
  },
};
