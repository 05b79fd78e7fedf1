import * as sdk from "@grafana/grafana-foundation-sdk/dashboard";
import * as heatmap from "@grafana/grafana-foundation-sdk/heatmap";
import * as stat from "@grafana/grafana-foundation-sdk/stat";
import * as statetimeline from "@grafana/grafana-foundation-sdk/statetimeline";
import * as table from "@grafana/grafana-foundation-sdk/table";
import * as timeseries from "@grafana/grafana-foundation-sdk/timeseries";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { uidOf } from "../../src/boards/dashboard/dashboard.ts";
import { rateUnitOf, unitOf } from "../../src/boards/dashboard/units.ts";
import {
  type Dashboard,
  dashboardFor,
  dashboardOf,
  type Panel,
  TOPICS,
} from "../../src/boards/index.ts";
import { InvalidOptionError } from "../../src/shared/errors.ts";
import { shopSpecs } from "./shop-specs.ts";

const boards: [string, Dashboard][] = [
  ...TOPICS.map((topic): [string, Dashboard] => [topic, dashboardFor(topic)]),
  ["file", dashboardOf(shopSpecs, "shop", { repeat: "task" })],
];

function panelsOf(board: Dashboard): Panel[] {
  return board.panels.filter((panel): panel is Panel => panel.type !== "row");
}

describe.each(boards)("the dashboard %s", (_, board) => {
  it("has a uid that stays, and that Grafana takes", () => {
    expect(board.uid).toMatch(/^taskmon-[a-z0-9-]{1,32}$/);
  });

  it("asks the data source that its variable names, everywhere", () => {
    expect(board.templating.list[0]).toMatchObject({ type: "datasource", name: "datasource" });
    for (const { datasource, targets } of panelsOf(board)) {
      const all = [datasource, ...targets.map((target) => target.datasource)];
      expect(new Set(all.map(({ uid }) => uid))).toEqual(new Set(["${datasource}"]));
    }
  });

  it("has every panel in the grid, and none over another", () => {
    const taken = new Set<string>();
    for (const { gridPos } of board.panels) {
      const { x, y, w, h } = gridPos;
      expect(x + w).toBeLessThanOrEqual(24);
      for (let column = x; column < x + w; column++) {
        for (let row = y; row < y + h; row++) {
          expect(taken.has(`${column}/${row}`)).toBe(false);
          taken.add(`${column}/${row}`);
        }
      }
    }
  });

  it("has ids and query names of their own, a description for each panel, and no fixed window", () => {
    const ids = board.panels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { targets, description } of panelsOf(board)) {
      expect(description).not.toBe("");
      const refs = targets.map(({ refId }) => refId);
      expect(new Set(refs).size).toBe(refs.length);
      for (const { expr } of targets) expect(expr).not.toMatch(/\[\d/);
    }
  });
});

it("repeats rows for each service or task, but not those that compare them", () => {
  const rows = (board: Dashboard) => board.panels.filter((panel) => panel.type === "row");
  expect(rows(dashboardFor("fleet")).map((row) => row["repeat" as "type"])).toEqual([
    ...[undefined, undefined, undefined],
  ]);
  expect(rows(dashboardFor("fleet", { repeat: "task" }))).toMatchObject([
    { title: "Now" },
    { title: "Task numbers: $instance", repeat: "instance" },
    { title: "Exports: $instance", repeat: "instance" },
  ]);
  expect(rows(dashboardFor("http", { repeat: "service" }))[0]).toMatchObject({ repeat: "job" });
});

it("has a panel or two for each kind of metric, with the unit of the spec", () => {
  const shown = panelsOf(dashboardOf(shopSpecs, "shop")).map(({ title, type, fieldConfig }) => [
    ...[title, type, fieldConfig.defaults.unit],
  ]);
  expect(shown).toEqual([
    ["shop.orders.placed", "timeseries", "cps"],
    ["shop.orders.waiting", "timeseries", "short"],
    ["shop.load", "timeseries", "percent"],
    ["shop.checkout.duration", "timeseries", "s"],
    ["shop.checkout.duration, all values", "heatmap", undefined],
    ["shop.parcel.size", "timeseries", "bytes"],
    ["shop.phase", "state-timeline", undefined],
    ["shop.cart.age", "timeseries", "s"],
    ["shop.cart.age, all values", "heatmap", undefined],
  ]);
});

it("keeps what Grafana's own builders would have set", () => {
  const own = new Map(
    [...boards.flatMap(([, board]) => panelsOf(board))].map((panel) => [panel.type, panel]),
  );
  const built = [
    new timeseries.PanelBuilder().build(),
    new heatmap.PanelBuilder().build(),
    new statetimeline.PanelBuilder().build(),
    new stat.PanelBuilder().build(),
    new table.PanelBuilder().build(),
  ];
  for (const panel of built) {
    const ours = own.get(panel.type as Panel["type"])!;
    expect(ours.type).toBe(panel.type);
    // Every option that Grafana sets; the types say that there is none that it does not know.
    expect(Object.keys(ours.options)).toEqual(
      expect.arrayContaining(
        Object.keys(panel.options as object).filter((key) => key !== "footer"),
      ),
    );
  }
  const row = new sdk.RowBuilder("x").build();
  expect(boards[0]![1].panels[0]).toMatchObject({ type: row.type, collapsed: row.collapsed });
  expect(sdk.VariableRefresh.OnTimeRangeChanged).toBe(boards[0]![1].templating.list[1]!.refresh);
  expect(sdk.VariableSort.AlphabeticalAsc).toBe(boards[0]![1].templating.list[1]!.sort);
  expect(sdk.DashboardCursorSync.Crosshair).toBe(boards[0]![1].graphTooltip);
});

it("makes a uid of at most 40 characters from any key, another for another", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (a, b) => {
      expect(uidOf(a)).toMatch(/^[a-z0-9-]{1,40}$/);
      expect(uidOf(a)).toBe(uidOf(a));
      const long = `${"x".repeat(50)}${a}`;
      if (a !== b) expect(uidOf(long)).not.toBe(uidOf(`${"x".repeat(50)}${b}`));
    }),
  );
});

it("knows Grafana's names of units, and shows what it does not know as numbers", () => {
  expect(["s", "By", "ms", "%", "{order}", "1", "furlong", "constructor"].map(unitOf)).toEqual([
    ...["s", "bytes", "ms", "percent", "short", "short", "short", "short"],
  ]);
  expect(["By", "{request}", "s", "{order}", "toString"].map(rateUnitOf)).toEqual([
    ...["binBps", "reqps", "percentunit", "cps", "cps"],
  ]);
});

it("asks for the names that are really exported", () => {
  const text = (options: object) => JSON.stringify(dashboardFor("fleet", options));
  expect(text({})).toContain("taskmon_task_lease_remaining_seconds{");
  expect(text({ naming: "exporter" })).toContain("taskmon_task_lease_remaining{");
  expect(text({ naming: "collector" })).toContain("taskmon_task_number_ratio{");
  // Our reader leaves such names alone; the exporter adds its suffix.
  expect(text({ hexPrefix: "op" })).toContain("op_7461736b6d6f6e03_4{");
  expect(text({ hexPrefix: "op", naming: "exporter" })).toContain("op_7461736b6d6f6e03_4_total{");
});

it("refuses what it does not know", () => {
  expect(() => dashboardFor("fleets" as "fleet")).toThrow(InvalidOptionError);
  expect(() => dashboardFor("fleet", { repeat: "pod" as "task" })).toThrow(InvalidOptionError);
  expect(() => dashboardOf([], "empty")).toThrow(InvalidOptionError);
});
