import { defineCounter, MetricRegistry } from "taskmon/metrics";
import type { Group } from "../harness/contender.ts";
import { createSubjects } from "./subjects.ts";
import { channels, currencies, regions, threeLabels } from "./values.ts";

const labels = ["currency", "channel", "region"] as const;
const spec = defineCounter({
  service: "0xb",
  id: "0x9",
  help: "Orders.",
  name: "own.off",
  labels,
});

/** What a counter costs that the settings have turned off, beside the same one that is on. */
export function createGroup(): Group {
  const { taskmon, exported } = createSubjects();
  const on = taskmon.counter(spec);
  const registry = new MetricRegistry();
  const off = registry.counter(spec);
  const bound = threeLabels.map((values) => off.bind(values));
  registry.turn(() => false);
  const nothing = { sum: 0 };

  return {
    name: "counter that is off, 3 labels",
    note: "The caller makes the label object either way.",
    baseline: "taskmon",
    bytes: true,
    contenders: [
      {
        name: "taskmon",
        counted: () => exported("own.off"),
        run(count) {
          for (let index = 0; index < count; index++) {
            on.add(1, {
              currency: currencies[index & 3]!,
              channel: channels[(index >> 2) & 3]!,
              region: regions[(index >> 4) & 3]!,
            });
          }
        },
      },
      {
        name: "taskmon, off",
        run(count) {
          for (let index = 0; index < count; index++) {
            off.add(1, {
              currency: currencies[index & 3]!,
              channel: channels[(index >> 2) & 3]!,
              region: regions[(index >> 4) & 3]!,
            });
          }
        },
      },
      {
        name: "taskmon, off, bound",
        run(count) {
          for (let index = 0; index < count; index++) bound[index & 63]!.add(1);
        },
      },
      {
        name: "an empty loop",
        run(count) {
          for (let index = 0; index < count; index++) nothing.sum += index & 63;
        },
      },
    ],
  };
}
