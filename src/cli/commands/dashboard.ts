import { basename } from "node:path";
import { dashboardFor, type DashboardOptions, dashboardOf, TOPICS } from "../../boards/index.ts";
import { choiceOf, textOf } from "../choice.ts";
import type { Command } from "../command.ts";
import { deliver, deliveryOptions } from "../deliver.ts";
import { namingOf, namingOptions } from "../naming-options.ts";
import { readSpecs } from "../read-specs.ts";
import { UsageError } from "../usage-error.ts";

/** `taskmon dashboard --for TOPIC` */
export const dashboard: Command = {
  usage: "",
  args: { min: 0, max: 0 },
  options: {
    for: { value: "WHAT", help: `${TOPICS.join(", ")}, or a metric spec file` },
    ...namingOptions,
    repeat: { value: "EACH", help: "Rows for each service, or for each task" },
    title: { value: "TEXT", help: "The dashboard's title, for a spec file" },
    ...deliveryOptions,
  },
  help:
    "Writes a Grafana dashboard as JSON: Dashboards, New, Import. Its data source is a variable; when you\n" +
    "import it again, it replaces itself. A spec file gives a dashboard of your own metrics.",
  async run(call) {
    const about = textOf(call, "for");
    if (about === undefined) throw new UsageError("--for is missing");
    const options: DashboardOptions = {
      ...namingOf(call),
      repeat: choiceOf(call, "repeat", ["service", "task"]),
    };
    const topic = TOPICS.find((known) => known === about);
    if (topic !== undefined) return deliver(call, text(dashboardFor(topic, options)));
    const loaded = await readSpecs({ ...call, args: [about] });
    if (loaded === undefined) return 1;
    const key = basename(about).replace(/\.[^.]*$/, "");
    const title = textOf(call, "title");
    return deliver(call, text(dashboardOf(loaded.specs, key, { ...options, title })));
  },
};

function text(json: object): string {
  return `${JSON.stringify(json, undefined, 2)}\n`;
}
