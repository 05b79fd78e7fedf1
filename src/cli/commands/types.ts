import { basename } from "node:path";
import type { Command } from "../command.ts";
import { declarations } from "../declarations.ts";
import { deliver, deliveryOptions } from "../deliver.ts";
import { readSpecs } from "../read-specs.ts";
import { UsageError } from "../usage-error.ts";

/** `taskmon types FILE…` */
export const types: Command = {
  usage: "FILE…",
  args: { min: 1, max: Infinity },
  options: {
    ...deliveryOptions,
    name: { value: "NAME", help: "The interface's name. Default: Specs" },
  },
  help: 'Writes an interface of the metrics in spec files, so that their labels are typed in code:\n  const { byName } = await loadMetricSpecs<Specs>("metrics.yaml");\n  registry.counter(byName["shop.orders.placed"]).add(1, { currency: "EUR" });',
  async run(call) {
    const name = call.options["name"] ?? "Specs";
    if (typeof name !== "string" || !/^[A-Za-z_$][\w$]*$/.test(name)) {
      throw new UsageError(`--name must be a TypeScript identifier, got ${String(name)}`);
    }
    const loaded = await readSpecs(call);
    if (loaded === undefined) return 1;
    const text = declarations(
      name,
      call.args.map((file) => basename(file)),
      loaded.byName,
    );
    if (call.json) {
      call.out(JSON.stringify({ ok: true, declarations: text }));
      return 0;
    }
    return deliver(call, text);
  },
};
