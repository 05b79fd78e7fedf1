import { AggregationTemporality, type Histogram, MeterProvider } from "@opentelemetry/sdk-metrics";
import { expect, it } from "vitest";
import { InstrumentsDelivery } from "../../src/metrics/instruments.ts";
import { MetricRegistry } from "../../src/metrics/registry.ts";
import type { EventRecord } from "../../src/shared/events.ts";
import { ProbeError } from "../../src/probe/index.ts";
import { TestReader } from "../metrics/collect.ts";
import { staged } from "./harness.ts";

function measured(temporality = AggregationTemporality.CUMULATIVE) {
  const registry = new MetricRegistry();
  const reader = new TestReader(temporality);
  new InstrumentsDelivery(registry).bind(new MeterProvider({ readers: [reader] }));
  const events: EventRecord[] = [];
  const stage = staged({
    ...{ registry, onDown: () => {}, always: () => Promise.reject(new Error("x")), floorMs: 0 },
    events: { emit: (record) => void events.push(record) },
  });
  const values = async (name: string, ...labels: string[]) =>
    Object.fromEntries(
      (await reader.points(`health.monitor.${name}`)).map(({ attributes, value }) => [
        labels.map((label) => attributes[label]).join(" "),
        value,
      ]),
    );
  return { reader, events, values, ...stage };
}

const DOWN = new ProbeError("connection_refused", "refused");

it("exports every state, of which one is 1, and the changes", async () => {
  const { service, values, answer } = measured();
  const states = () => values("status", "health.monitor.state");
  expect(await states()).toEqual({ up: 0, down: 0, unknown: 1 });
  await service.status();
  expect(await states()).toEqual({ up: 1, down: 0, unknown: 0 });
  answer(DOWN);
  await service.reprobe();
  await service.reprobe();
  expect(await states()).toEqual({ up: 0, down: 1, unknown: 0 });
  service.setUp();
  expect(await values("transitions", "from", "to")).toEqual({
    ...{ "unknown up": 1, "up down": 1, "down up": 1 },
  });
});

it("exports how long probes took, by what they found", async () => {
  const { service, reader, answer } = measured();
  await service.reprobe();
  answer(DOWN);
  await service.reprobe();
  answer(new ProbeError("dns_failure", "no"));
  await service.reprobe().catch(() => undefined);
  const points = await reader.points("health.monitor.probe.duration");
  expect(points.map(({ attributes, value }) => [attributes, (value as Histogram).count])).toEqual([
    [{ "health.monitor.name": "wiki", "health.monitor.outcome": "up" }, 1],
    [
      {
        ...{ "health.monitor.name": "wiki", "health.monitor.outcome": "down" },
        "error.type": "connection_refused",
      },
      1,
    ],
    [
      {
        ...{ "health.monitor.name": "wiki", "health.monitor.outcome": "error" },
        "error.type": "dns_failure",
      },
      1,
    ],
  ]);
});

it("exports how long it took from down to up, from the first trigger on", async () => {
  const { clock, service, reader, answer } = measured();
  answer(DOWN);
  await service.status();
  await clock.advance(3_600_000);
  await service.status();
  service.wake({ decision: "unavailable" });
  await clock.advance(20_000);
  service.wake({ decision: "unavailable" });
  answer("up");
  await service.status();
  const [point] = await reader.points("health.monitor.recovery.duration");
  expect(point?.value).toMatchObject({ count: 1, sum: 20 });
});

it("exports firings by slot and outcome, and requests by decision", async () => {
  const { clock, service, values } = measured();
  service.wake({ decision: "unavailable" });
  await clock.advance(0);
  service.wake({ decision: "unavailable" });
  service.wake({ decision: "unavailable" });
  await clock.advance(0);
  service.count("forwarded");
  service.count("forwarded");
  service.count("unavailable");
  service.count("error");
  expect(await values("triggers", "health.monitor.slot", "health.monitor.outcome")).toEqual({
    ...{ "always failed": 2, "always busy": 1, "on_down done": 2, "on_down busy": 1 },
  });
  expect(await values("requests", "health.monitor.decision")).toEqual({
    ...{ forwarded: 2, unavailable: 1, error: 1 },
  });
});

it("leaves every reader when it is removed", async () => {
  const { clock, service, reader, answer } = measured(AggregationTemporality.DELTA);
  answer(DOWN);
  await service.status();
  service.wake({ decision: "unavailable" });
  service.count("unavailable");
  await clock.advance(0);
  answer("up");
  await service.status();
  expect(await reader.points("health.monitor.status")).not.toEqual([]);
  service.close();
  service.count("forwarded");
  // What was counted since the last collection may still leave.
  await reader.collect();
  for (const name of ["status", "transitions", "probe.duration", "recovery.duration", "triggers"]) {
    expect(await reader.points(`health.monitor.${name}`), name).toEqual([]);
  }
  expect(await reader.points("health.monitor.requests")).toEqual([]);
});

it("logs an event for each change of state, and for triggers that fail", async () => {
  const { clock, service, events, answer } = measured();
  await service.status();
  answer(DOWN);
  await service.reprobe();
  service.wake({ decision: "unavailable" });
  await clock.advance(0);
  expect(events).toEqual([
    {
      ...{ eventName: "health.monitor.state", severityNumber: 9, severityText: "INFO" },
      body: "Service wiki is up",
      attributes: {
        "health.monitor.name": "wiki",
        "health.monitor.state": "up",
        "health.monitor.state.before": "unknown",
      },
    },
    {
      ...{ eventName: "health.monitor.state", severityNumber: 13, severityText: "WARN" },
      body: "Service wiki is down",
      attributes: {
        "health.monitor.name": "wiki",
        "health.monitor.state": "down",
        "health.monitor.state.before": "up",
        "error.type": "connection_refused",
      },
    },
    {
      ...{ eventName: "health.monitor.trigger.failed", severityNumber: 13, severityText: "WARN" },
      body: "The trigger always of wiki failed: x",
      attributes: {
        "health.monitor.name": "wiki",
        "health.monitor.slot": "always",
        "health.monitor.outcome": "failed",
      },
    },
  ]);
});
