import type * as grafana from "@grafana/grafana-foundation-sdk/dashboard";
import type * as heatmap from "@grafana/grafana-foundation-sdk/heatmap";
import type * as prometheus from "@grafana/grafana-foundation-sdk/prometheus";
import type * as stat from "@grafana/grafana-foundation-sdk/stat";
import type * as statetimeline from "@grafana/grafana-foundation-sdk/statetimeline";
import type * as table from "@grafana/grafana-foundation-sdk/table";
import type * as timeseries from "@grafana/grafana-foundation-sdk/timeseries";
import { expectTypeOf, it } from "vitest";
import type {
  Dashboard,
  Panel,
  RowPanel,
  Target,
  Variable,
} from "../../src/boards/dashboard/model.ts";
import type * as ours from "../../src/boards/dashboard/panels.ts";

/** Grafana's type as JSON has it: enums as their values, nothing to be changed. */
type Plain<T> = T extends string
  ? `${T}`
  : T extends number
    ? `${T}` extends `${infer N extends number}`
      ? N
      : T
    : T extends (...args: never) => unknown
      ? never
      : T extends object
        ? { readonly [K in keyof T]: Plain<T[K]> }
        : T;

type Lax<T, Own extends keyof T> = Plain<Omit<T, Own>>;

it("has the options of each panel as Grafana's types have them", () => {
  expectTypeOf<typeof ours.heatmapOptions>().toExtend<Plain<heatmap.Options>>();
  expectTypeOf<typeof ours.timeseriesOptions>().toExtend<Plain<timeseries.Options>>();
  expectTypeOf<typeof ours.stateTimelineOptions>().toExtend<Plain<statetimeline.Options>>();
  expectTypeOf<typeof ours.statOptions>().toExtend<Plain<stat.Options>>();
  expectTypeOf<typeof ours.tableOptions>().toExtend<Plain<table.Options>>();
});

it("has panels, rows, queries and variables as Grafana's types have them", () => {
  expectTypeOf<Omit<Panel, "targets" | "fieldConfig">>().toExtend<
    Lax<grafana.Panel, "targets" | "fieldConfig" | "transformations" | "options">
  >();
  expectTypeOf<Panel["fieldConfig"]["defaults"]["mappings"]>().toExtend<
    Plain<Pick<grafana.ValueMap, "type" | "options">>[] | undefined | readonly object[]
  >();
  expectTypeOf<RowPanel>().toExtend<Plain<grafana.RowPanel>>();
  expectTypeOf<Target>().toExtend<Lax<prometheus.Dataquery, "_implementsDataqueryVariant">>();
  expectTypeOf<Omit<Variable, "query" | "current">>().toExtend<
    Lax<grafana.VariableModel, "query" | "current">
  >();
  expectTypeOf<Omit<Dashboard, "panels" | "templating" | "annotations">>().toExtend<
    Lax<grafana.Dashboard, "panels" | "templating" | "annotations">
  >();
});
