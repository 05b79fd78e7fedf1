import type { FieldConfig, PanelDraft, PanelType, ValueMapping } from "./model.ts";

/** A query, with the legend of its lines. */
export interface Query {
  readonly expr: string;
  /** Grafana's `legendFormat`. */
  readonly legend: string;
}

/** The title and description of every panel. */
export interface PanelText {
  readonly title: string;
  /** The purpose of the panel. */
  readonly description: string;
  readonly width?: number;
  readonly height?: number;
}

/** Lines over time. */
export function lines(text: PanelText, unit: string, ...queries: readonly Query[]): PanelDraft {
  return panel("timeseries", text, {
    targets: queries.map((query) => target(query)),
    fieldConfig: fields({ unit, min: 0, color: { mode: "palette-classic" }, custom: LINE }),
    options: timeseriesOptions,
  });
}

/** How many values fell into which bucket, over time. The query sums by `le`. */
export function heatmap(text: PanelText, unit: string, expr: string): PanelDraft {
  return panel("heatmap", text, {
    targets: [{ ...target({ expr, legend: "{{le}}" }), format: "heatmap" }],
    fieldConfig: fields({}),
    options: { ...heatmapOptions, yAxis: { ...heatmapOptions.yAxis, unit } },
  });
}

/** A state's name for each of its numeric values. */
export interface StateValue {
  readonly value: number;
  readonly text: string;
  readonly color: "green" | "yellow" | "red" | "blue" | "purple" | "gray";
}

/** Which state each thing was in, over time; each state has its word, so that colour is not alone. */
export function stateTimeline(
  text: PanelText,
  states: readonly StateValue[],
  query: Query,
): PanelDraft {
  return panel("state-timeline", text, {
    targets: [target(query)],
    fieldConfig: fields({ mappings: [mappingOf(states)], color: { mode: "thresholds" } }),
    options: stateTimelineOptions,
  });
}

/** One large number. */
export function number(text: PanelText, unit: string, query: Query): PanelDraft {
  return panel(
    "stat",
    { width: 4, height: 4, ...text },
    {
      targets: [target(query)],
      fieldConfig: fields({ unit, noValue: "none" }),
      options: statOptions,
    },
  );
}

/** A table with one row for each thing, as it is now. Each query is a column, titled by its legend. */
export function table(
  text: PanelText,
  columns: readonly (Query & { readonly unit: string })[],
): PanelDraft {
  const byName: [string, string][] = columns.map(({ legend }, at) => [
    `Value #${refId(at)}`,
    legend,
  ]);
  return panel(
    "table",
    { width: 24, ...text },
    {
      targets: columns.map(({ expr }) => ({
        ...{ expr, legendFormat: "", format: "table" as const, instant: true, range: false },
      })),
      fieldConfig: {
        defaults: { noValue: "-" },
        overrides: columns.map(({ legend, unit }) => ({
          matcher: { id: "byName", options: legend },
          properties: [{ id: "unit", value: unit }],
        })),
      },
      options: tableOptions,
      transformations: [
        { id: "merge", options: {} },
        {
          id: "organize",
          options: { excludeByName: { Time: true }, renameByName: Object.fromEntries(byName) },
        },
      ],
    },
  );
}

/** The name of the query at this place of its panel: A to Z, then A1 and on. */
export function refId(at: number): string {
  return `${String.fromCodePoint(65 + (at % 26))}${at < 26 ? "" : Math.floor(at / 26)}`;
}

const LINE = {
  ...{ drawStyle: "line", lineWidth: 1, fillOpacity: 10, showPoints: "auto", spanNulls: false },
} as const;

/** The options of Grafana's panels, as its own types have them. */
export const timeseriesOptions = {
  legend: { displayMode: "list", placement: "bottom", showLegend: true, calcs: [] },
  tooltip: { mode: "multi", sort: "desc" },
} as const;

export const heatmapOptions = {
  calculate: false,
  color: {
    mode: "scheme",
    scheme: "Oranges",
    fill: "dark-orange",
    scale: "exponential",
    exponent: 0.5,
    steps: 64,
    reverse: false,
  },
  cellGap: 1,
  showValue: "never",
  filterValues: { le: 1e-9 },
  rowsFrame: { layout: "auto" },
  yAxis: { axisPlacement: "left", reverse: false },
  legend: { show: true },
  tooltip: { mode: "single", yHistogram: false, showColorScale: false },
  exemplars: { color: "rgba(255,0,255,0.7)" },
  selectionMode: "x",
} as const;

export const stateTimelineOptions = {
  showValue: "auto",
  rowHeight: 0.9,
  mergeValues: true,
  alignValue: "left",
  perPage: 20,
  legend: { displayMode: "list", placement: "bottom", showLegend: true, calcs: [] },
  tooltip: { mode: "single", sort: "none" },
} as const;

export const statOptions = {
  graphMode: "area",
  colorMode: "none",
  justifyMode: "auto",
  textMode: "auto",
  wideLayout: true,
  showPercentChange: false,
  percentChangeColorMode: "standard",
  orientation: "auto",
  reduceOptions: { calcs: ["lastNotNull"], fields: "", values: false },
} as const;

export const tableOptions = {
  frameIndex: 0,
  showHeader: true,
  showTypeIcons: false,
  cellHeight: "sm",
} as const;

function panel(
  type: PanelType,
  text: PanelText,
  rest: Pick<PanelDraft, "targets" | "fieldConfig" | "options" | "transformations">,
): PanelDraft {
  return { type, ...text, ...rest };
}

function target({ expr, legend }: Query): PanelDraft["targets"][number] {
  return { expr, legendFormat: legend, format: "time_series", instant: false, range: true };
}

function fields(defaults: FieldConfig["defaults"]): FieldConfig {
  return { defaults, overrides: [] };
}

function mappingOf(states: readonly StateValue[]): ValueMapping {
  return {
    type: "value",
    options: Object.fromEntries(
      states.map(({ value, text, color }, index) => [String(value), { text, color, index }]),
    ),
  };
}
