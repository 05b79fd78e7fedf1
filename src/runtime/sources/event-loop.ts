import type { EventLoopUtilization } from "node:perf_hooks";
import { loopDelays, loopTime, loopUtilization } from "../specs.ts";
import { type SourceKind, totals } from "./source.ts";

/** Fewer samples or a shorter time are meaningless: another reader has just collected. */
const LEAST_SAMPLES = 5;
const LEAST_MS = 50;

/** The delay and utilization of the event loop. */
export const eventLoopSource: SourceKind = {
  specs: [...Object.values(loopDelays), loopTime, loopUtilization],
  start(registry) {
    const { min, max, mean, stddev, p50, p90, p99 } = loopDelays;
    const [least, most, average, deviation] = [min, max, mean, stddev].map((spec) =>
      registry.gauge(spec),
    );
    const percentiles = [
      [50, registry.gauge(p50)],
      [90, registry.gauge(p90)],
      [99, registry.gauge(p99)],
    ] as const;
    const time = registry.counter(loopTime);
    const timeTotal = totals((seconds, labels: { "nodejs.eventloop.state": string }) =>
      time.add(seconds, labels),
    );
    const utilization = registry.gauge(loopUtilization);
    const { monitorEventLoopDelay, performance } = process.getBuiltinModule("node:perf_hooks");
    const delays = monitorEventLoopDelay();
    delays.enable();
    let before: EventLoopUtilization = performance.eventLoopUtilization();
    return {
      read() {
        const now = performance.eventLoopUtilization();
        timeTotal(now.active / 1e3, { "nodejs.eventloop.state": "active" });
        timeTotal(now.idle / 1e3, { "nodejs.eventloop.state": "idle" });
        if (now.active + now.idle - before.active - before.idle >= LEAST_MS) {
          utilization.set(performance.eventLoopUtilization(now, before).utilization);
          before = now;
        }
        if (delays.count < LEAST_SAMPLES) return;
        least!.set(delays.min / 1e9);
        most!.set(delays.max / 1e9);
        average!.set(delays.mean / 1e9);
        deviation!.set(delays.stddev / 1e9);
        for (const [share, gauge] of percentiles) gauge.set(delays.percentile(share) / 1e9);
        delays.reset();
      },
      stop: () => void delays.disable(),
    };
  },
};
