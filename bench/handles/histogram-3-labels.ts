import { Histogram } from "prom-client";
import { defineHistogram } from "taskmon/metrics";
import type { Group } from "../harness/contender.ts";
import { BOUND_RECORD_GOALS, RECORD_GOALS } from "./goals.ts";
import { createSubjects } from "./subjects.ts";
import { buckets, channels, currencies, durations, regions, threeLabels } from "./values.ts";

const labels = ["currency", "channel", "region"] as const;
const declared = { service: "0xb", help: "Duration of orders.", unit: "s", labels, buckets };

export function createGroup(): Group {
  const { taskmon, instruments, sdk, promClient, exported, scraped } = createSubjects();

  const own = taskmon.histogram(defineHistogram({ ...declared, id: "0x1", name: "own" }));
  const ownBound = taskmon.histogram(
    defineHistogram({ ...declared, id: "0x2", name: "own.bound" }),
  );
  const bound = threeLabels.map((values) => ownBound.bind(values));

  const carried = instruments.histogram(
    defineHistogram({ ...declared, id: "0x3", name: "carried" }),
  );
  const carriedBound = instruments.histogram(
    defineHistogram({ ...declared, id: "0x4", name: "carried.bound" }),
  );
  const boundCarried = threeLabels.map((values) => carriedBound.bind(values));

  const theirs = sdk.createHistogram("theirs", {
    advice: { explicitBucketBoundaries: buckets },
  });

  const prom = (name: string): Histogram<(typeof labels)[number]> =>
    new Histogram({
      name,
      help: "Duration of orders.",
      labelNames: labels,
      buckets,
      registers: [promClient],
    });
  const observe = prom("observe");
  const observeChild = prom("observe_child");
  const children = threeLabels.map((values) => observeChild.labels(values));

  return {
    name: "histogram, 3 labels",
    note: "With instruments Taskmon records through the SDK's histogram, and pays for that.",
    baseline: "sdk",
    bytes: true,
    contenders: [
      {
        name: "taskmon",
        goals: RECORD_GOALS,
        counted: () => exported("own"),
        run(count) {
          for (let index = 0; index < count; index++) {
            own.record(durations[index & 255]!, {
              currency: currencies[index & 3]!,
              channel: channels[(index >> 2) & 3]!,
              region: regions[(index >> 4) & 3]!,
            });
          }
        },
      },
      {
        name: "taskmon, bound",
        goals: BOUND_RECORD_GOALS,
        counted: () => exported("own.bound"),
        run(count) {
          for (let index = 0; index < count; index++) {
            bound[index & 63]!.record(durations[index & 255]!);
          }
        },
      },
      {
        name: "taskmon, instruments",
        counted: () => exported("carried"),
        run(count) {
          for (let index = 0; index < count; index++) {
            carried.record(durations[index & 255]!, {
              currency: currencies[index & 3]!,
              channel: channels[(index >> 2) & 3]!,
              region: regions[(index >> 4) & 3]!,
            });
          }
        },
      },
      {
        name: "taskmon, instruments, bound",
        counted: () => exported("carried.bound"),
        run(count) {
          for (let index = 0; index < count; index++) {
            boundCarried[index & 63]!.record(durations[index & 255]!);
          }
        },
      },
      {
        name: "sdk",
        counted: () => exported("theirs"),
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
        counted: () => scraped("observe"),
        run(count) {
          for (let index = 0; index < count; index++) {
            observe.observe(
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
        counted: () => scraped("observe_child"),
        run(count) {
          for (let index = 0; index < count; index++) {
            children[index & 63]!.observe(durations[index & 255]!);
          }
        },
      },
    ],
  };
}
