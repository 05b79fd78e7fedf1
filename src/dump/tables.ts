import type { LabelValue } from "../metrics/labels.ts";
import { type Align, tableLines } from "../shared/table.ts";
import { ABSENT, labelText, lineText, numberText } from "./format.ts";
import type { Reading } from "./readings.ts";
import type { MetricSnapshot, SeriesSnapshot } from "./snapshot.ts";

/** The columns of a distribution. */
const STATISTICS = ["count", "mean", "p50", "p90", "p99", "min", "max"] as const;

/** Estimates are not shown with more digits than they are worth. */
const ESTIMATE_DIGITS = 4;

/** One metric in a table of metrics without labels. */
export interface PlainRow {
  readonly name: string;
  readonly metric: MetricSnapshot;
  readonly series: SeriesSnapshot;
}

/** The table of metrics without labels, all of them distributions or none. Titles come first. */
export function plainTable(rows: readonly PlainRow[]): string[] {
  const isDistribution = rows[0]?.series.reading.type === "distribution";
  const isRenamed = rows.some(({ metric }) => metric.exportedName !== metric.name);
  const values = valueColumns(isDistribution);
  return withNotes(
    ["metric", "kind", ...values, "unit", ...(isRenamed ? ["exported as"] : [])],
    rows.map(({ name, metric, series }) => ({
      cells: [
        name,
        metric.kind,
        ...valueCells(series.reading, isDistribution),
        unitText(metric.unit) ?? "",
        ...(isRenamed ? [lineText(metric.exportedName)] : []),
      ],
      note: noteOf(metric, series),
    })),
    ["left", "left", ...values.map((): Align => "right")],
  );
}

/** The table of the series of one metric with labels, the titles first. */
export function seriesTable(metric: MetricSnapshot): string[] {
  const { labelKeys } = metric;
  const isDistribution = metric.series.some(({ reading }) => reading.type === "distribution");
  const values = valueColumns(isDistribution);
  return withNotes(
    [...labelKeys, ...values],
    metric.series.map((series) => ({
      cells: [
        ...labelKeys.map((key, index) =>
          series.isOverflow ? overflowCell(index) : labelText(series.labels[key]),
        ),
        ...valueCells(series.reading, isDistribution),
      ],
      note: noteOf(metric, series),
    })),
    [
      ...labelKeys.map((key) => alignOf(metric.series.map(({ labels }) => labels[key]))),
      ...values.map((): Align => "right"),
    ],
  );
}

/** Numbers are right-aligned. */
function alignOf(values: readonly (LabelValue | undefined)[]): Align {
  const present = values.filter((value) => value !== undefined);
  return present.length > 0 && present.every((value) => typeof value === "number")
    ? "right"
    : "left";
}

/** The unit, unless it is that of a bare number. */
export function unitText(unit: string): string | undefined {
  return unit === "1" ? undefined : unit;
}

interface Row {
  readonly cells: readonly string[];
  readonly note: string;
}

/** Remarks are in a last column without a title. */
function withNotes(titles: string[], rows: readonly Row[], align: readonly Align[]): string[] {
  return tableLines([titles, ...rows.map(({ cells, note }) => [...cells, note])], align);
}

function valueColumns(isDistribution: boolean): readonly string[] {
  return isDistribution ? STATISTICS : ["value"];
}

function valueCells(reading: Reading, isDistribution: boolean): string[] {
  if (reading.type === "distribution") {
    const { count, mean, min, max, p50, p90, p99 } = reading;
    return [
      numberText(count),
      optionalNumber(mean),
      ...[p50, p90, p99].map((value) => optionalNumber(value, ESTIMATE_DIGITS)),
      ...[min, max].map((value) => optionalNumber(value)),
    ];
  }
  const rest = isDistribution ? STATISTICS.slice(1).map(() => "") : [];
  return [valueText(reading), ...rest];
}

function valueText(reading: Exclude<Reading, { type: "distribution" }>): string {
  switch (reading.type) {
    case "number":
      return numberText(reading.value);
    case "state":
      return labelText(reading.value);
    case "none":
      return ABSENT;
    case "failed":
      return "(failed)";
  }
}

function optionalNumber(value: number | undefined, significant?: number): string {
  return value === undefined ? ABSENT : numberText(value, significant);
}

function overflowCell(index: number): string {
  return index === 0 ? "(overflow)" : "";
}

function noteOf({ seriesLimit }: MetricSnapshot, { isOverflow, reading }: SeriesSnapshot): string {
  if (reading.type === "failed") return `cannot be read: ${lineText(reading.message)}`;
  return isOverflow ? `beyond ${seriesLimit} series` : "";
}
