import { setTimeout as sleep } from "node:timers/promises";
import { RegistryStreams } from "../../src/metrics/streams/registry-streams.ts";
import { createProbes } from "../../src/probe/index.ts";
import { httpProbe } from "../../src/probe/probes/http.ts";
import { tcpProbe } from "../../src/probe/probes/tcp.ts";
import type { HistogramLike } from "../../src/points/types.ts";
import type { Turn } from "./turn.ts";

// Taskmon's probes in a process of their own: `prober.ts <tcp|http> <port> <targets> <intervalMs>`. Told
// how long, it probes for so long, and answers what that took.

const [kind, port, count, intervalMs] = process.argv.slice(2);

const probes = createProbes({ concurrency: 10_000 });
const streams = new RegistryStreams(probes.registry, { reader: {}, views: () => undefined });
const before = await heapUsed();
const targets = Array.from({ length: Number(count) }, (_, index) => {
  const host = `127.${1 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`;
  return kind === "tcp" ? `${host}:${port}` : `http://${host}:${port}/`;
});
probes.add({
  ...{ name: "bench", targets, intervalMs: Number(intervalMs), timeoutMs: 5_000 },
  probe: kind === "tcp" ? tcpProbe() : httpProbe(),
});

process.on("message", (ms: number) => void turn(ms).then((done) => process.send!(done)));
process.once("disconnect", () => process.exit());
await sleep(Number(intervalMs));
probes.pause("bench");
process.send!("ready");

async function turn(ms: number): Promise<Turn> {
  const [runs, delays] = figures();
  const cpu = process.cpuUsage();
  probes.resume("bench");
  await sleep(ms);
  const used = process.cpuUsage(cpu);
  probes.pause("bench");
  const [runsNow, delaysNow] = figures();
  return {
    ...{ cpuUs: used.user + used.system, passed: runsNow.passed - runs.passed },
    failed: runsNow.failed - runs.failed,
    delayP99Ms: p99(delaysNow, delays) * 1_000,
    bytesPerTarget: ((await heapUsed()) - before) / targets.length,
  };
}

function figures(): [{ passed: number; failed: number }, HistogramLike] {
  const runs = { passed: 0, failed: 0 };
  let delays: HistogramLike | undefined;
  for (const { descriptor, dataPoints } of streams.collect(Date.now()).flatMap((s) => s.metrics)) {
    for (const { attributes, value } of dataPoints) {
      if (descriptor.name === "health.probe.schedule.delay") delays = value as HistogramLike;
      if (descriptor.name !== "health.probe.runs") continue;
      runs[attributes["health.probe.outcome"] === "pass" ? "passed" : "failed"] += value as number;
    }
  }
  return [runs, delays!];
}

/** The upper bound of the bucket in which the 99th of a hundred lies. */
function p99(now: HistogramLike, then: HistogramLike): number {
  const counts = now.buckets.counts.map((all, index) => all - then.buckets.counts[index]!);
  let left = 0.99 * (now.count - then.count);
  const index = counts.findIndex((inside) => (left -= inside) <= 0);
  return now.buckets.boundaries[index] ?? Infinity;
}

async function heapUsed(): Promise<number> {
  globalThis.gc?.();
  await sleep(10);
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}
