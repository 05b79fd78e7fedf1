import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { MetricRegistry } from "../../src/metrics/registry.ts";
import { parseMonitors, triggerTypes } from "../../src/monitor/config/index.ts";
import { probeTypes } from "../../src/monitor/config/probe-types.ts";
import { createMonitor } from "../../src/monitor/index.ts";
import { SERVICE_KEYS } from "../../src/monitor/options.ts";

const root = join(import.meta.dirname, "../..");
const page = readFileSync(join(root, "docs/monitor.md"), "utf8");
const schema = JSON.parse(readFileSync(join(root, "schema/metric-specs.schema.json"), "utf8")) as {
  definitions: { monitor: { properties: Record<string, { properties?: { type?: object } }> } };
};

it("shows a file that is read", () => {
  const [, yaml] = /```yaml\n(.*?)```/s.exec(page)!;
  const [entry, ...others] = parseMonitors(yaml!);
  expect(others).toEqual([]);
  expect(entry).toMatchObject({ name: "wiki", options: { graceMs: 30_000 } });
  expect(Object.keys(entry!.options)).toEqual(expect.arrayContaining(["onDown", "always"]));
});

it("names every option, as the schema does", () => {
  expect(SERVICE_KEYS.filter((key) => !page.includes(`\`${key}\``))).toEqual([]);
  const { properties } = schema.definitions.monitor;
  expect(Object.keys(properties).toSorted()).toEqual(["name", ...SERVICE_KEYS].toSorted());
  expect(properties["probe"]!.properties!.type).toEqual({
    ...{ type: "string", enum: Object.keys(probeTypes) },
  });
});

it("names every trigger and every metric", () => {
  const registry = new MetricRegistry();
  createMonitor({ registry });
  const metrics = [...registry.metrics()]
    .map(({ spec }) => spec.name)
    .filter((name) => name.startsWith("health.monitor."));
  expect(metrics).toHaveLength(6);
  const names = [...metrics, ...triggerTypes.names()];
  expect(names.filter((name) => !page.includes(`\`${name}`))).toEqual([]);
});
