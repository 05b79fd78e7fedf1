import { RULE_FORMATS, RULE_TOPICS, rulesFor, rulesText } from "../../boards/index.ts";
import { choiceOf, numberOf, textOf } from "../choice.ts";
import type { Command } from "../command.ts";
import { deliver, deliveryOptions } from "../deliver.ts";
import { namingOf, namingOptions } from "../naming-options.ts";

/** `taskmon rules` */
export const rules: Command = {
  usage: "",
  args: { min: 0, max: 0 },
  options: {
    for: { value: "WHAT", help: `One of ${RULE_TOPICS.join(", ")}; all of them by default` },
    format: {
      value: "FORM",
      help: "prometheus, the default: a rule file; kubernetes: a PrometheusRule",
    },
    name: { value: "NAME", help: "The name of the PrometheusRule. Default: taskmon" },
    slo: { value: "PERCENT", help: "How many of 100 requests should succeed. Default: 99.9" },
    by: { value: "EACH", help: "The scope of the objective: service, the default, or route" },
    runbook: { value: "URL", help: "The page of runbooks, if you have your own" },
    ...namingOptions,
    ...deliveryOptions,
  },
  help:
    "Writes recording and alert rules for Prometheus. Each alert has a summary, and a link to " +
    "what to do.",
  async run(call) {
    const topic = choiceOf(call, "for", RULE_TOPICS);
    const groups = rulesFor({
      ...namingOf(call),
      topics: topic && [topic],
      slo: numberOf(call, "slo"),
      by: choiceOf(call, "by", ["service", "route"]),
      runbook: textOf(call, "runbook"),
    });
    if (call.json) return deliver(call, `${JSON.stringify({ groups }, undefined, 2)}\n`);
    const format = choiceOf(call, "format", RULE_FORMATS) ?? "prometheus";
    return deliver(call, rulesText(groups, format, textOf(call, "name")));
  },
};
