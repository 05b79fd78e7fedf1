import { Counter } from "prom-client";
import { defineCounter } from "taskmon/metrics";
import type { Group } from "../harness/contender.ts";
import { createSubjects } from "./subjects.ts";
import { currencies } from "./values.ts";

const labels = ["currency"] as const;

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
    name: "counter, 1 label",
    baseline: "sdk",
    bytes: true,
    contenders: [
      {
        name: "taskmon",
        counted: () => exported("own"),
        run(count) {
          for (let index = 0; index < count; index++) {
            own.add(1, { currency: currencies[index & 3]! });
          }
        },
      },
      {
        name: "sdk",
        counted: () => exported("theirs"),
        run(count) {
          for (let index = 0; index < count; index++) {
            theirs.add(1, { currency: currencies[index & 3]! });
          }
        },
      },
      {
        name: "prom-client",
        counted: () => scraped("inc"),
        run(count) {
          for (let index = 0; index < count; index++) {
            inc.inc({ currency: currencies[index & 3]! });
          }
        },
      },
    ],
  };
}
