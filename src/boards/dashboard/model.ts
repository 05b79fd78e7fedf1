// The part of Grafana's classic dashboard JSON (schema version 41) that we write. Grafana's own types are
// those of @grafana/grafana-foundation-sdk; a test compares.

/** Where a panel is: the grid is 24 wide. */
export interface GridPos {
  readonly h: number;
  readonly w: number;
  readonly x: number;
  readonly y: number;
}

/** The data source, chosen by the dashboard's variable. */
export interface DataSourceRef {
  readonly type: string;
  readonly uid: string;
}

/** A query of a panel. */
export interface Target {
  readonly refId: string;
  readonly datasource: DataSourceRef;
  readonly expr: string;
  readonly legendFormat: string;
  readonly format: "time_series" | "heatmap" | "table";
  readonly instant: boolean;
  readonly range: boolean;
}

/** The text and the colour of a value. */
export interface ValueMapping {
  readonly type: "value";
  readonly options: Readonly<
    Record<string, { readonly text: string; readonly color: string; readonly index: number }>
  >;
}

/** How values are shown. */
export interface FieldConfig {
  readonly defaults: {
    readonly unit?: string;
    readonly min?: number;
    readonly max?: number;
    readonly noValue?: string;
    readonly mappings?: readonly ValueMapping[];
    readonly color?: { readonly mode: string };
    readonly custom?: object;
  };
  readonly overrides: readonly object[];
}

/** The kinds of panel that we write. */
export type PanelType = "timeseries" | "heatmap" | "state-timeline" | "stat" | "table";

/** A panel before it has its place. */
export interface PanelDraft {
  readonly type: PanelType;
  readonly title: string;
  readonly description: string;
  readonly targets: readonly Omit<Target, "refId" | "datasource">[];
  readonly fieldConfig: FieldConfig;
  readonly options: object;
  readonly transformations?: readonly object[];
  /** Of the grid's 24. @default 8 */
  readonly width?: number;
  /** @default 8 */
  readonly height?: number;
}

/** A panel of a dashboard. */
export interface Panel extends Omit<PanelDraft, "targets" | "width" | "height"> {
  readonly id: number;
  readonly datasource: DataSourceRef;
  readonly gridPos: GridPos;
  readonly targets: readonly Target[];
}

/** A row; the panels after it belong to it. */
export interface RowPanel {
  readonly type: "row";
  readonly id: number;
  readonly title: string;
  readonly collapsed: false;
  readonly gridPos: GridPos;
  readonly panels: readonly [];
  /** The variable over whose values the row is repeated. */
  readonly repeat?: string;
}

/** A variable at the top of a dashboard. */
export interface Variable {
  readonly type: "datasource" | "query";
  readonly name: string;
  readonly label: string;
  readonly query: string | { readonly query: string; readonly refId: string };
  readonly datasource?: DataSourceRef;
  readonly definition?: string;
  readonly multi?: boolean;
  readonly includeAll?: boolean;
  readonly allValue?: string;
  readonly refresh?: 1 | 2;
  readonly sort?: 1;
  readonly current?: { readonly text: readonly string[]; readonly value: readonly string[] };
}

/** A dashboard that Grafana imports. */
export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly timezone: "browser";
  readonly editable: true;
  /** 1: the crosshair is shared. */
  readonly graphTooltip: 1;
  readonly time: { readonly from: string; readonly to: string };
  readonly refresh: string;
  readonly schemaVersion: number;
  readonly templating: { readonly list: readonly Variable[] };
  readonly annotations: { readonly list: readonly [] };
  readonly panels: readonly (Panel | RowPanel)[];
}
