import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, inject, it } from "vitest";
import { parse } from "yaml";
import {
  type Alert,
  type RuleGroup,
  type RuleOptions,
  rulesFor,
  rulesText,
} from "../../src/boards/index.ts";
import { InvalidOptionError } from "../../src/shared/errors.ts";
import { promtoolPath } from "../setup/prometheus.ts";
import { run } from "../setup/run.ts";
import { ruleCases } from "./rule-cases.ts";

const root = join(import.meta.dirname, "../..");

function alertsOf(groups: readonly RuleGroup[]): Alert[] {
  return groups.flatMap(({ rules }) => rules.filter((rule): rule is Alert => "alert" in rule));
}

/** What promtool says of the rules, and of these unit tests of them. */
async function promtool(rules: string, tests: readonly object[]): Promise<string> {
  const folder = mkdtempSync(join(inject("testRun").folder, "rules-"));
  writeFileSync(join(folder, "rules.yml"), rules);
  const checked = await run(promtoolPath(), ["check", "rules", "rules.yml"], { cwd: folder });
  if (checked.code !== 0 || tests.length === 0) return checked.stdout + checked.stderr;
  // Every JSON text is a YAML text.
  const unit = { rule_files: ["rules.yml"], evaluation_interval: "1m" };
  const spaced = tests.map((test) => ({ interval: "1m", ...test }));
  writeFileSync(join(folder, "test.yml"), JSON.stringify({ ...unit, tests: spaced }));
  const tested = await run(promtoolPath(), ["test", "rules", "test.yml"], { cwd: folder });
  return tested.stdout + tested.stderr;
}

it("has a case for every alert, and no other", () => {
  const names = alertsOf(rulesFor()).map(({ alert }) => alert);
  expect(new Set(names).size).toBe(names.length);
  expect(Object.keys(ruleCases).toSorted()).toEqual(names.toSorted());
});

it("fires each alert when it is to, with its summary, and not otherwise", async () => {
  const rules = rulesText(rulesFor({ runbook: "RUNBOOK" }), "prometheus");
  const said = await promtool(rules, Object.values(ruleCases).flat());
  expect(said).toMatch(/SUCCESS\s*$/);
});

it("has cases that fail where a rule does not hold", async () => {
  const broken = rulesText(rulesFor({ runbook: "RUNBOOK" }), "prometheus").replace(">= 3", ">= 4");
  expect(await promtool(broken, ruleCases["HealthCheckFailing"]!)).toContain("FAILED");
});

const variants: RuleOptions[] = [
  { by: "route", slo: 99.5 },
  { naming: "exporter" },
  { naming: "collector" },
  { hexPrefix: "op" },
  { hexPrefix: "op", naming: "exporter" },
];

it.each(variants)("writes rules that Prometheus takes: %j", async (options) => {
  expect(await promtool(rulesText(rulesFor(options), "prometheus"), [])).toMatch(
    /SUCCESS: \d+ rules found/,
  );
});

it("counts the burn of each route where that is asked for", async () => {
  const count = (route: string, error: string, values: string) => ({
    series: `http_server_request_duration_seconds_count{job="shop",http_route="${route}"${error}}`,
    values,
  });
  const test = {
    input_series: [
      count("/a", "", "0+90x120"),
      count("/a", ',error_type="500"', "0+10x120"),
      count("/b", "", "0+9000x120"),
    ],
    alert_rule_test: [
      {
        eval_time: "100m",
        alertname: "HttpErrorBudgetBurnsFast",
        exp_alerts: [
          {
            exp_labels: { severity: "page", job: "shop", http_route: "/a" },
            exp_annotations: {
              summary: "10% of the requests to shop /a failed within 1h",
              runbook_url: "RUNBOOK#httperrorbudgetburnsfast",
            },
          },
        ],
      },
    ],
  };
  const rules = rulesText(rulesFor({ by: "route", runbook: "RUNBOOK" }), "prometheus");
  expect(await promtool(rules, [test])).toMatch(/SUCCESS\s*$/);
});

it("asks for the names that are really exported", () => {
  const text = (options: RuleOptions) => rulesText(rulesFor(options), "prometheus");
  expect(text({})).toContain("http_server_request_duration_seconds_count{");
  expect(text({ naming: "exporter" })).toContain("http_server_request_duration_count{");
  expect(text({ naming: "collector" })).toContain("taskmon_up_ratio == 1");
  expect(text({ hexPrefix: "op" })).toContain("op_e105d0909fcc5ec5_844d7830332bffd3 >= 3");
  expect(text({ hexPrefix: "op" })).toContain("{{ $labels.healthcheck }} failed");
});

it("writes the same rules as a PrometheusRule", () => {
  const groups = rulesFor({ topics: ["health"] });
  expect(parse(rulesText(groups, "kubernetes", "shop"))).toEqual({
    apiVersion: "monitoring.coreos.com/v1",
    kind: "PrometheusRule",
    metadata: { name: "shop", labels: { role: "alert-rules" } },
    spec: { groups },
  });
});

it("sends each alert to its section of the runbook, which has one for every alert", () => {
  const page = readFileSync(join(root, "docs/runbook.md"), "utf8");
  const sections = Array.from(page.matchAll(/^### (\w+)$/gm), ([, name]) => name!);
  const alerts = alertsOf(rulesFor());
  expect(sections.toSorted()).toEqual(alerts.map(({ alert }) => alert).toSorted());
  for (const { alert, annotations } of alerts) {
    expect(annotations.runbook_url).toMatch(new RegExp(`/runbook\\.md#${alert.toLowerCase()}$`));
  }
});

it("refuses an objective, a topic or a naming that is none", () => {
  expect(() => rulesFor({ slo: 100 })).toThrow(InvalidOptionError);
  expect(() => rulesFor({ topics: ["nothing" as "http"] })).toThrow(InvalidOptionError);
  expect(() => rulesFor({ naming: "mine" as "taskmon" })).toThrow(InvalidOptionError);
  expect(() => rulesFor({ hexPrefix: "1 2" })).toThrow(InvalidOptionError);
});
