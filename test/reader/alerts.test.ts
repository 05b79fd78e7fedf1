import { PrometheusExporter, PrometheusSerializer } from "@opentelemetry/exporter-prometheus";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { expect, it, onTestFinished } from "vitest";
import { rulesFor, rulesText } from "../../src/boards/index.ts";
import { MetricRegistry } from "../../src/metrics/registry.ts";
import { attachReader } from "../../src/reader/attach.ts";
import { attachedProvider, ScriptedExporter, setup, T0 } from "./harness.ts";

const rules = rulesText(rulesFor({ topics: ["exports"], naming: "exporter" }), "prometheus");

it("asks for series by the names that a scrape shows", async () => {
  const registry = new MetricRegistry({ delivery: "auto" });
  const { context, lease } = setup(undefined, { registry });
  const exporter = new ScriptedExporter();
  const { provider, reader } = attachedProvider(context, exporter, { attach: { name: "otlp" } });
  provider.getMeter("m").createCounter("c").add(1);
  const pull = attachReader(new PrometheusExporter({ preventServerStart: true }), context);
  const scraped = new MeterProvider({ readers: [pull] });
  onTestFinished(() => scraped.shutdown());
  lease.grant(0, 1);
  await reader.forceFlush();
  exporter.mode = "refused";
  await reader.forceFlush();
  const { resourceMetrics } = await pull.collect();
  const lines = new PrometheusSerializer("", false, undefined, true, true)
    .serialize(resourceMetrics)
    .split("\n")
    .filter((line) => line.includes('"otlp"') && !line.includes("bucket"));
  expect(lines.map((line) => line.replace(/\{.*taskmon_outcome="(\w+)".*\}/, " $1"))).toEqual([
    "taskmon_exports_total success 1",
    "taskmon_exports_total failure 1",
    expect.stringMatching(/^taskmon_export_duration_count success 1$/),
    expect.stringMatching(/^taskmon_export_duration_sum success /),
    expect.stringMatching(/^taskmon_export_duration_count failure 1$/),
    expect.stringMatching(/^taskmon_export_duration_sum failure /),
    "taskmon_export_points_total success 1",
    expect.stringMatching(/^taskmon_export_points_total failure \d+$/),
    `taskmon_export_last_success{taskmon_reader="otlp"} ${T0 / 1_000}`,
    'taskmon_export_interval{taskmon_reader="otlp"} 1000000',
  ]);
  const asked = new Set(rules.match(/taskmon_\w+(?=[{[\s)])/g));
  asked.delete("taskmon_outcome");
  for (const name of asked) expect(lines.join("\n")).toContain(name);
});
