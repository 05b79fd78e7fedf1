import { Counter } from "prom-client";
import { defineCounter } from "taskmon/metrics";
import type { Group } from "../harness/contender.ts";
import { BOUND_GOALS, HANDLE_GOALS } from "./goals.ts";
import { createSubjects } from "./subjects.ts";
import { channels, currencies, regions, threeLabels } from "./values.ts";

const labels = ["currency", "channel", "region"] as const;
const declared = { service: "0xb", help: "Orders.", labels };

export function createGroup(): Group {
  const { taskmon, sdk, promClient, exported, scraped } = createSubjects();

  const own = taskmon.counter(defineCounter({ ...declared, id: "0x1", name: "own" }));
  const ownBound = taskmon.counter(defineCounter({ ...declared, id: "0x2", name: "own.bound" }));
  const bound = threeLabels.map((values) => ownBound.bind(values));

  const theirs = sdk.createCounter("theirs");

  const prom = (name: string): Counter<(typeof labels)[number]> =>
    new Counter({ name, help: "Orders.", labelNames: labels, registers: [promClient] });
  const inc = prom("inc");
  const incChild = prom("inc_child");
  const children = threeLabels.map((values) => incChild.labels(values));

  return {
    name: "counter, 3 labels",
    baseline: "sdk",
    bytes: true,
    contenders: [
      {
        name: "taskmon",
        goals: HANDLE_GOALS,
        counted: () => exported("own"),
        run(count) {
          for (let index = 0; index < count; index++) {
            own.add(1, {
              currency: currencies[index & 3]!,
              channel: channels[(index >> 2) & 3]!,
              region: regions[(index >> 4) & 3]!,
            });
          }
        },
      },
      {
        name: "taskmon, bound",
        goals: BOUND_GOALS,
        counted: () => exported("own.bound"),
        run(count) {
          for (let index = 0; index < count; index++) bound[index & 63]!.add(1);
        },
      },
      {
        name: "sdk",
        counted: () => exported("theirs"),
        run(count) {
          for (let index = 0; index < count; index++) {
            theirs.add(1, {
              currency: currencies[index & 3]!,
              channel: channels[(index >> 2) & 3]!,
              region: regions[(index >> 4) & 3]!,
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
              currency: currencies[index & 3]!,
              channel: channels[(index >> 2) & 3]!,
              region: regions[(index >> 4) & 3]!,
            });
          }
        },
      },
      {
        name: "prom-client, child",
        counted: () => scraped("inc_child"),
        run(count) {
          for (let index = 0; index < count; index++) children[index & 63]!.inc();
        },
      },
    ],
  };
}
