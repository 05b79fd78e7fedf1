import { Counter } from "prom-client";
import { defineCounter } from "taskmon/metrics";
import type { Group } from "../harness/contender.ts";
import { createSubjects } from "./subjects.ts";
import { channels, currencies, outcomes, payments, regions, tiers } from "./values.ts";

type Labels = Readonly<Record<string, string>>;

/** One label set each, of eight shapes. */
const shapes: readonly ((index: number) => Labels)[] = [
  () => ({}),
  (index) => ({ currency: currencies[index & 3]! }),
  (index) => ({ region: regions[index & 3]! }),
  (index) => ({ tier: tiers[index & 1]!, payment: payments[(index >> 1) & 1]! }),
  (index) => ({ payment: payments[index & 1]!, channel: channels[(index >> 1) & 3]! }),
  (index) => ({
    currency: currencies[index & 3]!,
    channel: channels[(index >> 2) & 3]!,
    region: regions[(index >> 4) & 3]!,
  }),
  (index) => ({
    outcome: outcomes[index & 1]!,
    region: regions[(index >> 1) & 3]!,
    tier: tiers[(index >> 3) & 1]!,
    currency: currencies[(index >> 4) & 3]!,
  }),
  (index) => ({
    currency: currencies[index & 1]!,
    channel: channels[(index >> 1) & 1]!,
    region: regions[(index >> 2) & 1]!,
    tier: tiers[(index >> 3) & 1]!,
    payment: payments[(index >> 4) & 1]!,
    outcome: outcomes[(index >> 5) & 1]!,
  }),
];

export function createGroup(): Group {
  const { taskmon, sdk, promClient, exported, scraped } = createSubjects();
  const metrics = shapes.map((labels, index) => {
    const labelNames = Object.keys(labels(0));
    const declared = {
      service: "0xb",
      id: `0x${index + 1}`,
      help: "Orders.",
      ...(labelNames.length > 0 && { labels: labelNames }),
    };
    return {
      labels,
      own: taskmon.counter(defineCounter({ ...declared, name: `own.${index}` })),
      theirs: sdk.createCounter(`theirs.${index}`),
      inc: new Counter({
        name: `inc_${index}`,
        help: "Orders.",
        labelNames,
        registers: [promClient],
      }),
    };
  });
  const total = async (count: (index: number) => Promise<number>): Promise<number> => {
    let sum = 0;
    for (const index of metrics.keys()) sum += await count(index);
    return sum;
  };

  return {
    name: "counter, 8 metrics of 0 to 6 labels through one call site",
    baseline: "sdk",
    bytes: true,
    contenders: [
      {
        name: "taskmon",
        counted: () => total((index) => exported(`own.${index}`)),
        run(count) {
          for (let index = 0; index < count; index++) {
            const { own, labels } = metrics[index & 7]!;
            own.add(1, labels(index >> 3));
          }
        },
      },
      {
        name: "sdk",
        counted: () => total((index) => exported(`theirs.${index}`)),
        run(count) {
          for (let index = 0; index < count; index++) {
            const { theirs, labels } = metrics[index & 7]!;
            theirs.add(1, labels(index >> 3));
          }
        },
      },
      {
        name: "prom-client",
        counted: () => total((index) => scraped(`inc_${index}`)),
        run(count) {
          for (let index = 0; index < count; index++) {
            const { inc, labels } = metrics[index & 7]!;
            inc.inc(labels(index >> 3));
          }
        },
      },
    ],
  };
}
