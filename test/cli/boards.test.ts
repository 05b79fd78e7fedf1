import { mkdtempSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, inject, it } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { dashboardFor, rulesFor, rulesText } from "../../src/boards/index.ts";
import { runCli } from "../../src/cli/run.ts";

const root = join(import.meta.dirname, "../..");

async function cli(...args: string[]): Promise<{ code: number; out: string; error: string }> {
  const lines = { out: [] as string[], error: [] as string[] };
  const code = await runCli(args, {
    out: (text) => lines.out.push(text),
    error: (text) => lines.error.push(text),
  });
  return { code, out: lines.out.join("\n"), error: lines.error.join("\n") };
}

it("writes a dashboard of ours, and one of a spec file", async () => {
  const fleet = await cli("dashboard", "--for", "fleet", "--naming", "exporter");
  expect(JSON.parse(fleet.out)).toEqual(dashboardFor("fleet", { naming: "exporter" }));
  const file = join(root, "examples/spec-files/metrics.yaml");
  const own = await cli("dashboard", "--for", file, "--title", "Shop", "--repeat", "task");
  expect(JSON.parse(own.out)).toMatchObject({ uid: "taskmon-metrics", title: "Shop" });
  expect(own.out).toContain("shop_checkout_duration_seconds_bucket{");
});

it("writes rules as a file and for Kubernetes, and says whether a file is up to date", async () => {
  const out = join(mkdtempSync(join(inject("testRun").folder, "cli-boards-")), "rules.yml");
  expect(await cli("rules", "--out", out)).toEqual({ code: 0, out: "", error: "" });
  expect(readFileSync(out, "utf8")).toBe(rulesText(rulesFor(), "prometheus"));
  expect((await cli("rules", "--out", out, "--check", "--slo", "99")).code).toBe(1);
  const { out: crd } = await cli("rules", "--format", "kubernetes", "--name", "shop");
  expect(parse(crd)).toMatchObject({ kind: "PrometheusRule", metadata: { name: "shop" } });
  const { out: json } = await cli("rules", "--for", "health", "--json");
  expect(JSON.parse(json)).toEqual({ groups: rulesFor({ topics: ["health"] }) });
});

it("writes a monitor and probes for Kubernetes, which the example has too", async () => {
  const { out } = await cli("kubernetes", "--name", "shop", "--scrape", "pod");
  const [monitor, deployment] = parseAllDocuments(out).map((document) => document.toJS() as object);
  expect(monitor).toMatchObject({
    kind: "PodMonitor",
    spec: {
      selector: { matchLabels: { app: "shop" } },
      podMetricsEndpoints: [{ port: "metrics", path: "/metrics" }],
    },
  });
  const example = parse(
    readFileSync(join(root, "examples/health/kubernetes.yml"), "utf8"),
  ) as object;
  expect(deployment).toEqual(example);
});

it("keeps the example's alerts as the command writes them", async () => {
  const file = join(root, "examples/health/alerts.yml");
  expect(await cli("rules", "--for", "health", "--out", file, "--check")).toMatchObject({
    code: 0,
  });
});

it.each([
  [["dashboard"], "--for is missing"],
  [["dashboard", "--for", "fleet", "--naming", "mine"], "--naming must be taskmon or exporter"],
  [["dashboard", "--for", "fleet", "--repeat", "pod"], "--repeat must be service or task"],
  [["rules", "--slo", "many"], "--slo must be a number"],
  [["rules", "--format", "xml"], "--format must be prometheus or kubernetes"],
  [["kubernetes"], "--name is missing"],
])("ends with 2 for a wrong command line: %j", async (args, message) => {
  const { code, error } = await cli(...args);
  expect([code, error]).toEqual([2, expect.stringContaining(message)]);
});
