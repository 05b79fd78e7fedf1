import { PrometheusExporter, PrometheusSerializer } from "@opentelemetry/exporter-prometheus";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, inject, it, onTestFinished } from "vitest";
import { MetricRegistry } from "../../src/metrics/registry.ts";
import { attachReader } from "../../src/reader/attach.ts";
import { promtoolPath } from "../setup/prometheus.ts";
import { runOk } from "../setup/run.ts";
import { attachedProvider, ScriptedExporter, setup, T0 } from "./harness.ts";

const page = readFileSync(join(import.meta.dirname, "../../docs/exports.md"), "utf8");
const rules = /<!-- alerts -->\s*```yaml\n([^]*?)\n```/.exec(page)?.[1] ?? "";

/** Values of one reader's series, at each minute. */
const series = (name: string, labels: string, values: string): object => ({
  series: `${name}{taskmon_reader="otlp",instance="a"${labels}}`,
  values,
});
const exportsOf = (outcome: string, values: string): object =>
  series("taskmon_exports_total", `,taskmon_outcome="${outcome}"`, values);

const firing = (severity: string, labels: object, summary: string): object => ({
  exp_labels: { severity, taskmon_reader: "otlp", instance: "a", ...labels },
  exp_annotations: { summary },
});
const at = (minute: number, alertname: string, ...exp_alerts: object[]): object => ({
  eval_time: `${minute}m`,
  alertname,
  exp_alerts,
});

/** In the shape of promtool's unit tests, whose time begins with the Unix epoch. */
const tests = [
  {
    // A success a minute until the third one.
    input_series: [series("taskmon_export_last_success", "", "0 60 120 120x20")],
    alert_rule_test: [
      at(7, "ExporterSilent"),
      at(8, "ExporterSilent", firing("page", {}, "Nothing of otlp on a got through for 6m 0s")),
    ],
  },
  {
    input_series: [exportsOf("failure", "0+1x20")],
    alert_rule_test: [
      at(5, "ExporterNeverSucceeded"),
      at(
        6,
        "ExporterNeverSucceeded",
        firing("page", { taskmon_outcome: "failure" }, "No export of otlp on a ever got through"),
      ),
    ],
  },
  {
    input_series: [exportsOf("failure", "0+1x20"), exportsOf("success", "1x20")],
    alert_rule_test: [at(20, "ExporterNeverSucceeded")],
  },
  {
    input_series: [series("taskmon_export_last_success", "", "0 60 120 stale")],
    alert_rule_test: [
      at(2, "ExporterGone"),
      at(3, "ExporterGone", firing("ticket", {}, "otlp on a is not heard of any more")),
    ],
  },
  {
    input_series: [exportsOf("failure", "0+1x40"), exportsOf("success", "0+1x40")],
    alert_rule_test: [
      at(30, "ExportsFail", firing("ticket", {}, "50% of the exports of otlp on a fail")),
    ],
  },
  {
    input_series: [exportsOf("failure", "0+1x40"), exportsOf("success", "0+9x40")],
    alert_rule_test: [at(30, "ExportsFail")],
  },
  {
    input_series: [
      series("taskmon_export_points_total", ',taskmon_outcome="rejected"', "0x20 5x40"),
    ],
    alert_rule_test: [
      at(20, "PointsRejected"),
      at(
        22,
        "PointsRejected",
        firing(
          "ticket",
          { taskmon_outcome: "rejected" },
          "A receiver rejects data points of otlp on a",
        ),
      ),
      at(50, "PointsRejected"),
    ],
  },
];

it("has alert rules that fire when exports stop, and not otherwise", async () => {
  const folder = mkdtempSync(join(inject("testRun").folder, "alerts-"));
  writeFileSync(join(folder, "alerts.yml"), rules);
  // Every JSON text is a YAML text.
  const unit = { rule_files: ["alerts.yml"], evaluation_interval: "1m", tests };
  const spaced = tests.map((test) => ({ interval: "1m", ...test }));
  writeFileSync(join(folder, "test.yml"), JSON.stringify({ ...unit, tests: spaced }));
  const checked = await runOk(promtoolPath(), ["check", "rules", "alerts.yml"], { cwd: folder });
  expect(checked.stdout).toContain("5 rules found");
  const tested = await runOk(promtoolPath(), ["test", "rules", "test.yml"], { cwd: folder });
  expect(tested.stdout + tested.stderr).toContain("SUCCESS");
});

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
  ]);
  const asked = new Set(rules.match(/taskmon_\w+(?=[{[\s)])/g));
  asked.delete("taskmon_outcome");
  for (const name of asked) expect(lines.join("\n")).toContain(name);
});
