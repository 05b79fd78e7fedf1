import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import {
  type Dashboard,
  dashboardFor,
  dashboardOf,
  type Panel,
  rulesFor,
  TOPICS,
} from "../../src/boards/index.ts";
import { type Prometheus, startPrometheus } from "../setup/prometheus.ts";
import { type Program, startProgram } from "./program.ts";
import { useShopSpecs, shopSpecs } from "./shop-specs.ts";

// Every expression of every dashboard, evaluated by a real Prometheus that scraped a program with these
// metrics, under the names of our reader and under those of OpenTelemetry's exporter.

let program: Program;
let prometheus: Prometheus;
/** Lets every metric move on. */
let work: () => Promise<void>;

beforeAll(async () => {
  program = await startProgram();
  const shop = useShopSpecs(program.taskmon.metrics);
  work = async () => {
    shop();
    await program.work();
  };
  const job = (name: string, target: string): object => ({
    job_name: name,
    static_configs: [{ targets: [target] }],
  });
  prometheus = await startPrometheus({
    config: {
      global: { scrape_interval: "1s", scrape_timeout: "1s" },
      scrape_configs: [
        job("taskmon", program.taskmonTarget),
        job("exporter", program.exporterTarget),
      ],
    },
    args: ["--enable-feature=native-histograms"],
  });
  // A rate takes two scrapes of a series, and some series are there only after the first work.
  const scraped = async (): Promise<boolean> => {
    await work();
    const found = await prometheus.query("min(count_over_time(shop_orders_placed_total[1m]))");
    return (found[0]?.value ?? 0) > 8;
  };
  await vi.waitUntil(scraped, { timeout: 60_000, interval: 300 });
}, 120_000);

afterAll(async () => {
  await prometheus?.stop();
  await program?.[Symbol.asyncDispose]();
});

/** The panels that show something, and what they ask. */
function asked(board: Dashboard): [title: string, expr: string][] {
  const panels = board.panels.filter((panel): panel is Panel => panel.type !== "row");
  return panels.flatMap(({ title, targets }) =>
    targets.map(({ expr }): [string, string] => [title, expr]),
  );
}

/** The expression as Grafana sends it, for one job and every task. */
function filled(expr: string, job: string): string {
  const values: Record<string, string> = { job, instance: ".*", __rate_interval: "1m" };
  return expr.replaceAll(/\$(\w+)/g, (_, name: string) => values[name]!);
}

/** The panels of the dashboard that show nothing. */
async function empty(board: Dashboard, job: string): Promise<string[]> {
  await work();
  const missing: string[] = [];
  for (const [title, expr] of asked(board)) {
    const found = await prometheus.query(filled(expr, job));
    if (!found.some(({ value }) => !Number.isNaN(value))) missing.push(`${title}: ${expr}`);
  }
  return missing;
}

describe.each(["taskmon", "exporter"] as const)("under the names of %s", (naming) => {
  it.each(TOPICS)("the %s dashboard has data in every panel", async (topic) => {
    await expect
      .poll(() => empty(dashboardFor(topic, { naming }), naming), { timeout: 20_000 })
      .toEqual([]);
  });

  it("a dashboard of a spec file has data in every panel, whatever the kind", async () => {
    const specs = shopSpecs.filter(
      // The exporter writes a header without samples.
      ({ kind }) => naming === "taskmon" || kind !== "exponentialHistogram",
    );
    const board = dashboardOf(specs, "shop", { naming });
    await expect.poll(() => empty(board, naming), { timeout: 20_000 }).toEqual([]);
  });

  it("fills the variables", async () => {
    const { templating } = dashboardFor("fleet", { naming });
    const anchor = /^label_values\((\w+), job\)$/.exec(templating.list[1]!.definition!)?.[1];
    const found = await prometheus.query(`count by (job) (${anchor})`);
    expect(found.map(({ metric }) => metric["job"])).toContain(naming);
  });

  it("evaluates every rule", async () => {
    for (const { rules } of rulesFor({ naming })) {
      for (const rule of rules) await prometheus.query(rule.expr);
    }
    const errors = rulesFor({ naming })[0]!.rules[0]!;
    const ratios = await prometheus.query(errors.expr.replaceAll("[5m]", "[1m]"));
    const ratio = ratios.find(({ metric }) => metric["job"] === naming)?.value;
    expect(ratio).toBeGreaterThan(0.01);
    expect(ratio).toBeLessThan(0.9);
  });
});

it("tells one state from another", async () => {
  const board = dashboardFor("health");
  const panel = board.panels.find(({ title }) => title === "States") as Panel;
  const texts = Object.values(panel.fieldConfig.defaults.mappings![0]!.options);
  expect(texts.map(({ text }) => text)).toEqual(["pass", "warn", "fail", "unknown", "paused"]);
  const seen = await prometheus.query(filled(panel.targets[0]!.expr, "taskmon"));
  expect(seen).toHaveLength(1);
  expect([1, 3]).toContain(seen[0]!.value);
});
