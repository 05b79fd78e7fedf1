import { Counter } from "prom-client";
import { defineCounter } from "taskmon/metrics";
import type { Group } from "../harness/contender.ts";
import { createSubjects } from "./subjects.ts";
import { channels, currencies, outcomes, payments, regions, tiers } from "./values.ts";

const labels = ["currency", "channel", "region", "tier", "payment", "outcome"] as const;

export function createGroup(): Group {
  const { taskmon, sdk, promClient, exported, scraped } = createSubjects();
  const declared = { service: "0xb", id: "0x1", help: "Orders.", labels };
  const own = taskmon.counter(defineCounter({ ...declared, name: "own" }));
  const theirs = sdk.createCounter("theirs");
  const inc = new Counter({
    name: "inc",
    help: "Orders.",
    labelNames: labels,
    registers: [promClient],
  });

  return {
    name: "counter, 6 labels",
    baseline: "sdk",
    bytes: true,
    contenders: [
      {
        name: "taskmon",
        counted: () => exported("own"),
        run(count) {
          for (let index = 0; index < count; index++) {
            own.add(1, {
              currency: currencies[index & 1]!,
              channel: channels[(index >> 1) & 1]!,
              region: regions[(index >> 2) & 1]!,
              tier: tiers[(index >> 3) & 1]!,
              payment: payments[(index >> 4) & 1]!,
              outcome: outcomes[(index >> 5) & 1]!,
            });
          }
        },
      },
      {
        name: "sdk",
        counted: () => exported("theirs"),
        run(count) {
          for (let index = 0; index < count; index++) {
            theirs.add(1, {
              currency: currencies[index & 1]!,
              channel: channels[(index >> 1) & 1]!,
              region: regions[(index >> 2) & 1]!,
              tier: tiers[(index >> 3) & 1]!,
              payment: payments[(index >> 4) & 1]!,
              outcome: outcomes[(index >> 5) & 1]!,
            });
          }
        },
      },
      {
        name: "prom-client",
        counted: () => scraped("inc"),
        run(count) {
          for (let index = 0; index < count; index++) {
            inc.inc({
              currency: currencies[index & 1]!,
              channel: channels[(index >> 1) & 1]!,
              region: regions[(index >> 2) & 1]!,
              tier: tiers[(index >> 3) & 1]!,
              payment: payments[(index >> 4) & 1]!,
              outcome: outcomes[(index >> 5) & 1]!,
            });
          }
        },
      },
    ],
  };
}
