// What a thousand checks at an interval of one second cost: the share of a CPU that they take, and how
// far their runs are from their schedule. `node --conditions=@taskmon/source bench/health-checks.ts`;
// CHECKS, SECONDS and CONCURRENCY change the load.
import { setTimeout as sleep } from "node:timers/promises";
import { createEngine } from "../src/check/engine.ts";
import { CheckRunner } from "../src/check/runner.ts";
import { systemClock } from "../src/shared/clock.ts";

const checks = Number(process.env["CHECKS"] ?? 1_000);
const seconds = Number(process.env["SECONDS"] ?? 20);
const concurrency = Number(process.env["CONCURRENCY"] ?? 1);
const intervalMs = 1_000;

const clock = systemClock();
const engine = createEngine(clock, concurrency);
const startsOf = Array.from({ length: checks }, (): number[] => []);
const runners = startsOf.map(
  (starts, seed) =>
    new CheckRunner(
      {
        name: `check-${seed}`,
        // As one that asks something over the network: its answer comes with a later turn of the loop.
        check: async () => {
          starts.push(clock.now());
          await new Promise((resolve) => setImmediate(resolve));
        },
        timeoutMs: 5_000,
        killTimeoutMs: 10_000,
        schedule: {
          intervalMs,
          failingIntervalMs: intervalMs,
          downIntervalMs: intervalMs,
          initialDelayMs: 0,
          jitter: 0.001,
          seed,
        },
        evaluation: { rise: 1, fall: 1 },
      },
      engine,
    ),
);

// The process without a check, for what it takes anyway.
const idle = await cpuShare(2_000);
for (const runner of runners) runner.start();
await sleep(2_000);
const busy = await cpuShare(seconds * 1_000);
for (const runner of runners) runner.stop();

const runs = startsOf.reduce((sum, starts) => sum + starts.length, 0);
const dropped = runners.reduce((sum, runner) => sum + runner.dropped, 0);
// Against the grid through each check's second run: lateness that adds up would show.
const drifts = startsOf.flatMap((starts) =>
  starts.length < 3 ? [] : [phaseOf(starts.at(-1)! - starts[1]!)],
);
drifts.sort((a, b) => a - b);
const at = (part: number): string =>
  (drifts[Math.floor(part * (drifts.length - 1))] ?? NaN).toFixed(1);
console.log(`${checks} checks every ${intervalMs} ms, ${concurrency} at a time, for ${seconds} s`);
console.log(`runs ${runs}, dropped ${dropped}`);
console.log(
  `CPU ${(busy * 100).toFixed(1)} % of one core (without checks ${(idle * 100).toFixed(1)} %)`,
);
console.log(`drift after ${seconds} s, ms: p50 ${at(0.5)}, p99 ${at(0.99)}, largest ${at(1)}`);

/** How far a span is from a whole number of intervals. */
function phaseOf(spanMs: number): number {
  return Math.abs(spanMs - Math.round(spanMs / intervalMs) * intervalMs);
}

async function cpuShare(spanMs: number): Promise<number> {
  const before = process.cpuUsage();
  const startedAt = performance.now();
  await sleep(spanMs);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000 / (performance.now() - startedAt);
}
