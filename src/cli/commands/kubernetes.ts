import { probesManifest, scrapeManifest } from "../../boards/index.ts";
import { choiceOf, textOf } from "../choice.ts";
import type { Command } from "../command.ts";
import { deliver, deliveryOptions } from "../deliver.ts";
import { UsageError } from "../usage-error.ts";

/** `taskmon kubernetes --name APP` */
export const kubernetes: Command = {
  usage: "",
  args: { min: 0, max: 0 },
  options: {
    name: { value: "APP", help: "The value of the label app" },
    scrape: { value: "WHAT", help: "A monitor of the service, the default, or of each pod" },
    "metrics-port": { value: "NAME", help: "The port with the metrics. Default: metrics" },
    "metrics-path": { value: "PATH", help: "Default: /metrics" },
    "health-port": { value: "NAME", help: "The port with the health answers. Default: http" },
    ...deliveryOptions,
  },
  help:
    "Writes two manifests: a ServiceMonitor or PodMonitor for Prometheus' operator, and the probes of a\n" +
    "Deployment, for you to merge into yours.",
  async run(call) {
    const name = textOf(call, "name");
    if (name === undefined) throw new UsageError("--name is missing");
    const options = {
      name,
      metricsPort: textOf(call, "metrics-port"),
      metricsPath: textOf(call, "metrics-path"),
      healthPort: textOf(call, "health-port"),
    };
    const kind = choiceOf(call, "scrape", ["service", "pod"]) ?? "service";
    return deliver(call, `${scrapeManifest(kind, options)}---\n${probesManifest(options)}`);
  },
};
