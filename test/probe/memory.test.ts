import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import { createStatsKeeper } from "../../src/probe/index.ts";
import { manualClock } from "../../src/testing/manual-clock.ts";
import { setup } from "./harness.ts";
import { collector, deltaCollector } from "./stats/harness.ts";

const MINUTES = 60;

/** A thousand targets, others each minute. */
function listOf(minute: number): string[] {
  return Array.from({ length: 1_000 }, (_, index) => `m${minute}-t${index}:80`);
}

setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc") as () => void;

/** How much is kept, after what can be had back was had back. */
async function heapUsed(): Promise<number> {
  for (let round = 0; round < 3; round++) {
    gc();
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  return process.memoryUsage().heapUsed;
}

it("keeps no more after an hour in which a list of a thousand targets was replaced each minute", async () => {
  const clock = manualClock();
  let targets: readonly string[] = [];
  const keeper = createStatsKeeper({
    ...{ type: "tcp", name: "p", targets: () => targets, clock, keepMs: 5 * 60_000 },
  });
  const readers = [collector(keeper.registry), deltaCollector(keeper.registry)];
  const used: number[] = [];
  const series: number[] = [];
  for (let minute = 0; minute < MINUTES; minute++) {
    targets = listOf(minute);
    for (const target of targets) {
      keeper.record({ target, success: true, latencyMs: 10, phasesMs: { connect: 5 } });
    }
    for (const reader of readers) expect(reader.rows("health.probe.runs")).toHaveLength(1_000);
    await clock.advance(60_000);
    if (minute % 5 !== 4) continue;
    used.push(await heapUsed());
    series.push(keeper.registry.snapshot().reduce((sum, metric) => sum + metric.series, 0));
  }
  // By the tenth minute as much is kept as ever will be: the last list, and five minutes of those before.
  expect(new Set(series.slice(1)).size).toBe(1);
  const [steady, last] = [used[1]!, used.at(-1)!];
  expect(last / steady).toBeLessThan(1.1);
}, 120_000);

it("keeps no runner, timer or state of a target that is gone", async () => {
  const { add, clock, probes, probe } = setup({ keepMs: 0 });
  let targets: string[] = [];
  add({ targets: () => targets, intervalMs: 3_600_000, targetsRefreshMs: 3_600_000 });
  const pending: number[] = [];
  for (let minute = 0; minute < 20; minute++) {
    targets = listOf(minute).slice(0, 50);
    await probes.refreshTargets("p");
    await clock.advance(1);
    pending.push(clock.pending);
    expect(probes.results()).toHaveLength(50);
  }
  // One timer for each target, and one for the list.
  expect(new Set(pending)).toEqual(new Set([51]));
  expect(probe.closed).toHaveLength(950);
});
