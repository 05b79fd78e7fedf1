import { Gauge } from "prom-client";
import { defineGauge } from "taskmon/metrics";
import type { Group } from "../harness/contender.ts";
import { BOUND_GOALS, HANDLE_GOALS } from "./goals.ts";
import { createSubjects } from "./subjects.ts";
import { channels, currencies, durations, regions, threeLabels } from "./values.ts";

const labels = ["currency", "channel", "region"] as const;
const declared = { service: "0xb", help: "Duration of the last order.", unit: "s", labels };

export function createGroup(): Group {
  const { taskmon, sdk, promClient } = createSubjects();

  const own = taskmon.gauge(defineGauge({ ...declared, id: "0x1", name: "own" }));
  const ownBound = taskmon.gauge(defineGauge({ ...declared, id: "0x2", name: "own.bound" }));
  const bound = threeLabels.map((values) => ownBound.bind(values));

  const theirs = sdk.createGauge("theirs");

  const prom = (name: string): Gauge<(typeof labels)[number]> =>
    new Gauge({
      name,
      help: "Duration of the last order.",
      labelNames: labels,
      registers: [promClient],
    });
  const set = prom("set");
  const setChild = prom("set_child");
  const children = threeLabels.map((values) => setChild.labels(values));

  return {
    name: "gauge, 3 labels",
    baseline: "sdk",
    bytes: true,
    contenders: [
      {
        name: "taskmon",
        goals: HANDLE_GOALS,
        run(count) {
          for (let index = 0; index < count; index++) {
            own.set(durations[index & 255]!, {
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
        run(count) {
          for (let index = 0; index < count; index++) {
            bound[index & 63]!.set(durations[index & 255]!);
          }
        },
      },
      {
        name: "sdk",
        run(count) {
          for (let index = 0; index < count; index++) {
            theirs.record(durations[index & 255]!, {
              currency: currencies[index & 3]!,
              channel: channels[(index >> 2) & 3]!,
              region: regions[(index >> 4) & 3]!,
            });
          }
        },
      },
      {
        name: "prom-client",
        run(count) {
          for (let index = 0; index < count; index++) {
            set.set(
              {
                currency: currencies[index & 3]!,
                channel: channels[(index >> 2) & 3]!,
                region: regions[(index >> 4) & 3]!,
              },
              durations[index & 255]!,
            );
          }
        },
      },
      {
        name: "prom-client, child",
        run(count) {
          for (let index = 0; index < count; index++) {
            children[index & 63]!.set(durations[index & 255]!);
          }
        },
      },
    ],
  };
}
