import { createMonitoredService } from "taskmon/monitor";
import type { Group } from "../harness/contender.ts";

/** What it costs to know that a service is up, or down, beside a reading of the cheapest clock. */
export async function createGroup(): Promise<Group> {
  const service = (name: string) =>
    createMonitoredService({
      ...{ name, url: "http://127.0.0.1:1", graceMs: 86_400_000, floorMs: 86_400_000 },
      probe: () => Promise.reject(new Error("down")),
    });
  const up = service("up");
  up.setUp();
  const down = service("down");
  await down.status();
  const counted = service("counted");
  counted.setUp();
  const traces = { ups: 0, downs: 0, clock: 0 };

  return {
    name: "the decision about a request",
    note: "Up and down are known: no probe is due.",
    baseline: "performance.now()",
    bytes: true,
    contenders: [
      {
        name: "taskmon",
        goals: [{ figure: "ns/op", atMost: 100 }],
        counted: async () => traces.ups,
        run(count) {
          for (let index = 0; index < count; index++) if (up.peek() === true) traces.ups++;
        },
      },
      {
        name: "taskmon, down",
        goals: [{ figure: "ns/op", atMost: 100 }],
        counted: async () => traces.downs,
        run(count) {
          for (let index = 0; index < count; index++) if (down.peek() === false) traces.downs++;
        },
      },
      {
        name: "taskmon, with count, wake and observe",
        run(count) {
          for (let index = 0; index < count; index++) {
            if (counted.peek() !== true) throw new Error("It is up");
            counted.count("forwarded");
            counted.wake({ decision: "forwarded" });
            counted.observe("answered");
          }
        },
      },
      {
        name: "performance.now()",
        run(count) {
          for (let index = 0; index < count; index++) traces.clock += performance.now();
        },
      },
    ],
  };
}
