import { AggregationTemporality, type Histogram, MeterProvider } from "@opentelemetry/sdk-metrics";
import { expect, it } from "vitest";
import { MetricRegistry } from "../../src/metrics/registry.ts";
import { TestReader } from "../metrics/collect.ts";
import { setup, steady, switched } from "./harness.ts";

function measured(options: { originalGauges?: boolean } = {}) {
  const registry = new MetricRegistry();
  // Delta: what is no longer observed is no longer exported.
  const reader = new TestReader(AggregationTemporality.DELTA);
  registry.setMeterProvider(new MeterProvider({ readers: [reader] }));
  return { reader, ...setup({ registry, ...options }) };
}

it("exports -1 before the first run, then how many runs failed in a row", async () => {
  const { reader, health, clock } = measured();
  const state = switched();
  const failures = () => reader.points("health.check.consecutive_failures");
  health.register("db", state.check, { ...steady, initialDelayMs: 100 });
  const attributes = { "health.check.name": "db" };
  expect(await failures()).toEqual([{ attributes, value: -1 }]);
  await clock.advance(100);
  expect(await failures()).toEqual([{ attributes, value: 0 }]);
  state.failing = true;
  await clock.advance(3_000);
  expect(await failures()).toEqual([{ attributes, value: 3 }]);
});

it("exports every state, of which one is 1", async () => {
  const registry = new MetricRegistry();
  const { clock, health } = setup({ registry });
  const reader = new TestReader(AggregationTemporality.CUMULATIVE);
  registry.setMeterProvider(new MeterProvider({ readers: [reader] }));
  const states = async () =>
    Object.fromEntries(
      (await reader.points("health.check.status")).map(({ attributes, value }) => [
        attributes["health.check.state"],
        value,
      ]),
    );
  const only = (state: string) => ({
    pass: 0,
    warn: 0,
    fail: 0,
    unknown: 0,
    paused: 0,
    [state]: 1,
  });
  let answer: "pass" | "warn" | "fail" = "pass";
  health.register("db", () => ({ status: answer }), { ...steady, initialDelayMs: 100 });
  expect(await states()).toEqual(only("unknown"));
  await clock.advance(100);
  expect(await states()).toEqual(only("pass"));
  answer = "fail";
  await clock.advance(1_000);
  expect(await states()).toEqual(only("fail"));
  health.pause("db");
  expect(await states()).toEqual(only("paused"));
  health.resume("db");
  expect(await states()).toEqual(only("fail"));

  const moves = (await reader.points("health.check.transitions")).map(
    ({ attributes: { from, to }, value }) => [from, to, value],
  );
  expect(moves).toEqual([
    ["unknown", "pass", 1],
    ["pass", "fail", 1],
    ["fail", "paused", 1],
    ["paused", "fail", 1],
  ]);
});

it("exports how long runs took, by outcome, in seconds", async () => {
  const { reader, health, clock } = measured();
  const state = switched();
  health.register(
    "db",
    async () => {
      await new Promise<void>((resolve) => clock.after(30, resolve));
      state.check();
    },
    steady,
  );
  await clock.advance(1_500);
  state.failing = true;
  await clock.advance(1_000);
  const points = await reader.points("health.check.duration");
  expect(
    points.map(({ attributes, value }) => {
      const { count, sum } = value as Histogram;
      return [attributes["health.check.outcome"], count, Number(sum?.toFixed(6))];
    }),
  ).toEqual([
    ["pass", 2, 0.06],
    ["fail", 1, 0.03],
  ]);
});

it("counts the scheduled runs that it dropped", async () => {
  const { reader, health, clock } = measured();
  health.register("db", () => new Promise<void>((resolve) => clock.after(3_500, resolve)), steady);
  await clock.advance(3_500);
  expect(await reader.points("health.check.skipped")).toEqual([
    { attributes: { "health.check.name": "db" }, value: 3 },
  ]);
});

it("takes an unregistered check's gauges away, and brings them back when it is registered again", async () => {
  const { reader, health, clock } = measured({ originalGauges: true });
  health.register("db", switched(true).check, { ...steady, id: "0xa1" });
  health.register("cache", () => {}, { ...steady, id: "0xa2" });
  await clock.advance(1_000);
  const series = async (name: string) =>
    (await reader.points(name)).map(({ attributes, value }) => [attributes["healthcheck"], value]);
  expect(await series("health.check.consecutive_failures")).toEqual([
    ["a1", 2],
    ["a2", 0],
  ]);
  health.unregister("db");
  await clock.advance(1_000);
  expect(await series("health.check.consecutive_failures")).toEqual([["a2", 0]]);
  expect(await series("health.check.last_run.duration")).toEqual([["a2", 0]]);
  health.register("db", () => {}, { ...steady, id: "0xa1", initialDelayMs: 100 });
  expect(new Set(await series("health.check.consecutive_failures"))).toEqual(
    new Set([
      ["a1", -1],
      ["a2", 0],
    ]),
  );
});

it("exports the duration of the last run in nanoseconds where the original's gauges are asked for", async () => {
  const { reader, health, clock } = measured({ originalGauges: true });
  health.register("db", () => new Promise<void>((resolve) => clock.after(30, resolve)), {
    ...steady,
    id: "0xFFFFFFFFFFFFFFFF",
  });
  expect(await reader.points("health.check.last_run.duration")).toEqual([]);
  await clock.advance(30);
  expect(await reader.points("health.check.last_run.duration")).toEqual([
    { attributes: { healthcheck: "ffffffffffffffff" }, value: 30_000_000 },
  ]);
});

it("brings its metrics to a MeterProvider where it stands alone", async () => {
  const { health } = setup();
  const reader = new TestReader();
  health.setMeterProvider(new MeterProvider({ readers: [reader] }));
  health.register("db", () => {}, steady);
  expect(await reader.points("health.check.consecutive_failures")).toHaveLength(1);
});
