import { metricSnapshot, type SeriesSnapshot } from "../../dump/snapshot.ts";
import type { Metric } from "../../metrics/metric.ts";
import type { AdminContext } from "../context.ts";
import { type Page, pageOf } from "./paging.ts";

/** Metrics on a page, and the services that there are to choose from. */
export interface MetricsView extends Page<MetricRow> {
  readonly services: readonly string[];
}

/** A metric with the first of its series. */
export interface MetricRow {
  readonly name: string;
  readonly exportedName: string;
  readonly service: string;
  readonly kind: string;
  readonly unit: string;
  readonly help: string;
  readonly labels: readonly string[];
  readonly off: boolean;
  readonly seriesTotal: number;
  readonly seriesLimit: number;
  readonly series: readonly SeriesSnapshot[];
}

const METRICS_A_PAGE = 20;
const SERIES_A_ROW = 3;
const SERIES_A_PAGE = 50;

/** The metrics whose name, exported name or help holds a text, sorted by service and name. */
export function metricsView({ taskmon }: AdminContext, query: URLSearchParams): MetricsView {
  const all = Array.from(taskmon.metrics.metrics());
  const services = [...new Set(all.map(({ spec }) => spec.service.name))].toSorted();
  const q = (query.get("q") ?? "").trim().toLowerCase().slice(0, 100);
  const service = query.get("service") ?? "";
  const found = all
    .filter(({ spec }) => service === "" || spec.service.name === service)
    .filter(
      ({ spec }) =>
        q === "" ||
        [spec.name, taskmon.metrics.form.nameOf(spec), spec.help].some((text) =>
          text.toLowerCase().includes(q),
        ),
    )
    .toSorted(
      (a, b) =>
        compare(a.spec.service.name, b.spec.service.name) || compare(a.spec.name, b.spec.name),
    );
  const page = pageOf(found, query.get("page"), METRICS_A_PAGE);
  const items = page.items.map((metric) => rowOf(taskmon, metric, SERIES_A_ROW));
  return { ...page, items, services };
}

/** A metric with a page of its series and their buckets. */
export interface MetricView extends MetricRow, Pick<Page<unknown>, "page" | "pages"> {}

/** One metric; undefined if no metric has this name. */
export function metricView(
  { taskmon }: AdminContext,
  name: string,
  query: URLSearchParams,
): MetricView | undefined {
  const metric = metricOf(taskmon, name, query.get("of"));
  if (metric === undefined) return undefined;
  const row = rowOf(taskmon, metric, Number.MAX_SAFE_INTEGER, true);
  const page = pageOf(row.series, query.get("series"), SERIES_A_PAGE);
  return { ...row, series: page.items, page: page.page, pages: page.pages };
}

/** One series of a metric as it is now, for who watches it. */
export function seriesView(
  { taskmon }: AdminContext,
  name: string,
  query: URLSearchParams,
): SeriesSnapshot | undefined {
  const metric = metricOf(taskmon, name, query.get("of"));
  if (metric === undefined) return undefined;
  const labels = query.get("labels") ?? "{}";
  return rowOf(taskmon, metric, Number.MAX_SAFE_INTEGER).series.find(
    (series) => seriesKey(series) === labels,
  );
}

/** Names a series of a metric. */
export function seriesKey({ labels, isOverflow }: SeriesSnapshot): string {
  return isOverflow ? "overflow" : JSON.stringify(labels);
}

function metricOf(
  { metrics }: AdminContext["taskmon"],
  name: string,
  service: string | null,
): Metric | undefined {
  return Array.from(metrics.metrics()).find(
    ({ spec }) => spec.name === name && (service === null || spec.service.name === service),
  );
}

function rowOf(
  { metrics }: AdminContext["taskmon"],
  metric: Metric,
  maxSeries: number,
  buckets = false,
): MetricRow {
  const found = metricSnapshot(metric, metrics.form, maxSeries, buckets);
  return {
    ...{ name: found.name, exportedName: found.exportedName, service: found.meter },
    ...{ kind: found.kind, unit: found.unit, help: found.help, labels: found.labelKeys },
    ...{ off: found.isOff, seriesLimit: found.seriesLimit, series: found.series },
    seriesTotal: found.series.length + found.moreSeries,
  };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
