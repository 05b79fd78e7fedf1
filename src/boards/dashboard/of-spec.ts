import type { MetricSpec } from "../../metrics/index.ts";
import { labelName } from "../../points/translation/label-name.ts";
import type { Exported } from "../exported.ts";
import { CHOSEN } from "./dashboard.ts";
import type { PanelDraft } from "./model.ts";
import { heatmap, lines, type PanelText, stateTimeline } from "./panels.ts";
import { rateUnitOf, unitOf } from "./units.ts";

/** The panels for a metric, chosen by its kind, because only its spec is known. */
export function panelsOf(exported: Exported, spec: MetricSpec): PanelDraft[] {
  const text = { title: spec.name, description: spec.help };
  const keys = spec.labels.map(({ key }) => labelName(key));
  const all = exported.series(spec, CHOSEN);
  switch (spec.kind) {
    case "counter": {
      const expr = `sum by (${keys.join(", ")}) (rate(${all}[$__rate_interval]))`;
      return [lines(text, rateUnitOf(spec.unit), { expr, legend: legendOf(keys, spec.name) })];
    }
    case "gauge":
    case "upDownCounter": {
      const by = ["instance", ...keys];
      const expr = `sum by (${by.join(", ")}) (${all})`;
      return [lines(text, unitOf(spec.unit), { expr, legend: legendOf(by, spec.name) })];
    }
    case "state": {
      const by = ["instance", ...keys];
      const expr = `max by (${by.join(", ")}) (${all})`;
      return [stateTimeline(text, IN_STATE, { expr, legend: legendOf(by, spec.name) })];
    }
    case "exponentialHistogram":
      return [quantiles(text, spec.unit, (q) => nativeQuantile(q, all))];
    case "histogram":
      return histogramPanels(
        exported,
        spec,
        text,
        (buckets) => `rate(${buckets}[$__rate_interval])`,
      );
    case "distribution":
      // The current value: there is no rate to take.
      return histogramPanels(exported, spec, text, (buckets) => buckets);
  }
}

/** Quantiles 50, 95 and 99 of a histogram with buckets. */
export function quantilesOf(
  text: PanelText,
  unit: string,
  buckets: string,
  over: (buckets: string) => string = (range) => `rate(${range}[$__rate_interval])`,
): PanelDraft {
  return quantiles(text, unit, (q) => `histogram_quantile(${q}, sum by (le) (${over(buckets)}))`);
}

function histogramPanels(
  exported: Exported,
  spec: MetricSpec,
  text: PanelText,
  over: (buckets: string) => string,
): PanelDraft[] {
  const buckets = exported.series(spec, CHOSEN, "bucket");
  return [
    quantilesOf({ ...text, width: 12 }, spec.unit, buckets, over),
    heatmap(
      { ...text, title: `${text.title}, all values`, width: 12 },
      unitOf(spec.unit),
      `sum by (le) (${over(buckets)})`,
    ),
  ];
}

function nativeQuantile(quantile: number, series: string): string {
  return `histogram_quantile(${quantile}, sum(rate(${series}[$__rate_interval])))`;
}

function quantiles(
  text: PanelText,
  unit: string,
  exprOf: (quantile: number) => string,
): PanelDraft {
  const queries = [0.5, 0.95, 0.99].map((quantile) => ({
    expr: exprOf(quantile),
    legend: `p${quantile * 100}`,
  }));
  return lines(text, unitOf(unit), ...queries);
}

function legendOf(keys: readonly string[], otherwise: string): string {
  return keys.length === 0 ? otherwise : keys.map((key) => `{{${key}}}`).join(" ");
}

const IN_STATE = [
  { value: 0, text: "no", color: "gray" },
  { value: 1, text: "yes", color: "blue" },
] as const;
