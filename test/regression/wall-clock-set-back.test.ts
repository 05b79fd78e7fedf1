import { expect, it } from "vitest";
import { MetricRegistry } from "../../src/metrics/registry.ts";
import { defineCounter, defineGauge } from "../../src/metrics/spec.ts";
import { isBefore } from "../../src/points/time.ts";
import { CUMULATIVE, DELTA } from "../../src/points/types.ts";
import { streamsFor } from "../metrics/streams-for.ts";

const base = { service: "0xa", help: "For this test." } as const;
const epoch = defineGauge({ ...base, id: "0x1", name: "epoch" });
const orders = defineCounter({ ...base, id: "0x2", name: "orders" });
const HOUR_MS = 3_600_000;

// The SDK keeps the value with the later time: gauges stood still until the clock had caught up.
it.each([CUMULATIVE, DELTA])(
  "values go on when the wall clock is set back an hour (%s)",
  (temporality) => {
    let nowMs = 10 * HOUR_MS;
    const registry = new MetricRegistry({ now: () => nowMs });
    const streams = streamsFor(registry, () => temporality);
    const values = (): unknown[] =>
      streams
        .collect(nowMs)
        .flatMap(({ metrics }) => metrics)
        .filter(({ descriptor }) => ["epoch", "orders"].includes(descriptor.name))
        .flatMap(({ dataPoints }) => dataPoints)
        .map(({ value, startTime, endTime }) => {
          expect(isBefore(endTime, startTime)).toBe(false);
          return value;
        });
    registry.gauge(epoch).set(1);
    registry.counter(orders).add(3);
    expect(values()).toEqual([1, 3]);
    nowMs -= HOUR_MS;
    registry.gauge(epoch).set(2);
    registry.counter(orders).add(4);
    expect(values()).toEqual([2, temporality === DELTA ? 4 : 7]);
    nowMs += 1_000;
    registry.gauge(epoch).set(3);
    registry.counter(orders).add(5);
    expect(values()).toEqual([3, temporality === DELTA ? 5 : 12]);
  },
);
