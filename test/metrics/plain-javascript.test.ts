import { describe, expect, it } from "vitest";
import { MetricRegistry } from "../../src/metrics/registry.ts";
import {
  defineCounter,
  defineGauge,
  defineState,
  defineUpDownCounter,
} from "../../src/metrics/spec.ts";

/** The methods of a handle that record, as plain JavaScript sees them. */
function recording(handle: object): string[] {
  return ["add", "set", "record", "observe"].filter((method) => method in handle);
}

describe("a handle in plain JavaScript", () => {
  const registry = new MetricRegistry();
  const base = { service: "0xa", help: "A thing.", labels: ["kind"] } as const;
  const counter = registry.counter(defineCounter({ ...base, name: "orders" }));
  const upDownCounter = registry.upDownCounter(defineUpDownCounter({ ...base, name: "stock" }));
  const gauge = registry.gauge(defineGauge({ ...base, name: "open" }));
  const state = registry.state(defineState({ ...base, name: "phase" }));

  it("of a counter has add, and no set", () => {
    expect(recording(counter)).toEqual(["add"]);
    expect(recording(upDownCounter)).toEqual(["add"]);
  });

  it("of a gauge or state has set, and no add", () => {
    expect(recording(gauge)).toEqual(["set", "observe"]);
    expect(recording(state)).toEqual(["set"]);
  });
});
