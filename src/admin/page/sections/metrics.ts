import type { SeriesSnapshot } from "../../../dump/snapshot.ts";
import {
  type MetricRow,
  type MetricsView,
  metricsView,
  type MetricView,
  metricView,
  seriesKey,
} from "../../views/metrics.ts";
import { histogram, type Quantile } from "../drawings.ts";
import { count, inUnit } from "../format.ts";
import { html, type Html, type Part } from "../html.ts";
import { empty, hrefWith, mark, pager, table, whyNot } from "../parts.ts";
import { type Section, section } from "../section.ts";

type MetricsData =
  | { readonly one: MetricView | undefined; readonly all?: undefined }
  | { readonly all: MetricsView; readonly one?: undefined };

/** Every metric: searched and by pages, or one with all its series. */
export const metricsSection: Section = section<MetricsData>({
  ...{ id: "metrics", title: "Metrics", reads: ["q", "service", "page", "metric", "of", "series"] },
  load(context, query) {
    const name = query.get("metric");
    return name === null
      ? { all: metricsView(context, query) }
      : { one: metricView(context, name, query) };
  },
  show({ all, one }, query) {
    if (all !== undefined) return list(all, query);
    const back = html`<p>
      <a
        href="${hrefWith(query, { metric: undefined, of: undefined, series: undefined }, "metrics")}"
        >← All metrics</a
      >
    </p>`;
    if (one === undefined)
      return {
        body: html`${back}${empty("There is no metric of that name", "It may have been removed since.")}`,
      };
    return { aside: `${count(one.seriesTotal)} series`, body: html`${back}${detail(one, query)}` };
  },
});

function list(
  { services, ...page }: MetricsView,
  query: URLSearchParams,
): { aside: string; body: Html } {
  const service = query.get("service") ?? "";
  const search = html`<form class="search" role="search" action="#metrics">
    <label
      >Search
      <input
        type="search"
        name="q"
        value="${query.get("q") ?? ""}"
        placeholder="name or help"
        maxlength="100" /></label
    ><label
      >Service
      <select name="service">
        <option value="">all</option>
        ${services.map((name) => html`<option${name === service && html` selected`}>${name}</option>`)}
      </select></label
    ><button>Search</button>
  </form>`;
  if (page.total === 0) {
    return {
      aside: "none found",
      body: html`${search}${empty("No metric fits", html`<a href="${hrefWith(query, { q: undefined, service: undefined, page: undefined }, "metrics")}">Show all metrics</a>`)}`,
    };
  }
  return {
    aside: `${page.total} metrics`,
    body: html`${search}${table(
      "Metrics",
      [
        {
          head: "Metric",
          cell: (metric) =>
            html`<a href="${detailHref(metric, query)}">${metric.name}</a
              >${metric.exportedName !== metric.name && html` <span class="quiet"><code>${metric.exportedName}</code></span>`}<span
                class="help"
                >${metric.help}</span
              >`,
        },
        { head: "Service", cell: ({ service: of }) => of },
        {
          head: "Kind",
          cell: ({ kind, unit }) =>
            html`${KINDS[kind] ?? kind}${unit !== "" && unit !== "1" && html` <span class="quiet">${unit}</span>`}`,
        },
        { head: "Now", cell: (metric) => now(metric, query) },
      ],
      page.items,
      ({ service: of, name }) => `${of} ${name}`,
    )}${pager(page, "page", query, "metrics")}`,
  };
}

const KINDS: Readonly<Record<string, string>> = { upDownCounter: "up-down counter" };

function now(metric: MetricRow, query: URLSearchParams): Part {
  if (metric.off) return mark("off", "turned off");
  if (metric.seriesTotal === 0) return html`<span class="quiet">no series yet</span>`;
  const more = metric.seriesTotal - metric.series.length;
  return html`<ul class="series">
    ${metric.series.map((series) => html`<li>${labels(series)} ${value(series, metric.unit)}</li>`)}${more > 0 && html`<li><a href="${detailHref(metric, query)}">${count(more)} more</a></li>`}
  </ul>`;
}

function detail(metric: MetricView, query: URLSearchParams): Html {
  return html`<h3 class="name">${metric.name}</h3>
    <p>${metric.help}</p>
    <p class="quiet">
      ${KINDS[metric.kind] ?? metric.kind}${metric.unit !== "" && metric.unit !== "1" && ` in ${metric.unit}`}
      of ${metric.service}, exported as <code>${metric.exportedName}</code>. Labels:
      ${metric.labels.join(", ") || "none"}. ${count(metric.seriesTotal)} of at most
      ${count(metric.seriesLimit)} series.
    </p>
    ${
      metric.off
        ? empty("This metric is turned off", "The settings say so. No reader sees it.")
        : metric.series.length === 0
          ? empty("It has no series yet", "Nothing has been measured.")
          : table(
              "Series",
              [
                { head: "Series", cell: labels },
                { head: "Now", cell: (series) => value(series, metric.unit) },
                {
                  head: "Buckets",
                  isBare: true,
                  cell: ({ buckets = [], reading }) =>
                    buckets.length > 0 &&
                    html`${histogram(buckets, quantilesOf(reading, metric.unit))}<span class="scale"
                        ><span>${inUnit(buckets[0]!.from, metric.unit)}</span
                        ><span>${inUnit(buckets.at(-1)!.to, metric.unit)}</span></span
                      >`,
                },
                { head: "Watch", isBare: true, cell: (series) => watch(metric, series) },
              ],
              metric.series,
              seriesKey,
            )
    }${pager({ ...metric, total: metric.seriesTotal }, "series", query, "metrics")}`;
}

function quantilesOf(reading: SeriesSnapshot["reading"], unit: string): Quantile[] {
  if (reading.type !== "distribution") return [];
  return (["p50", "p90", "p99"] as const).map((name) => ({
    words: `${name} ${inUnit(reading[name], unit)}`,
    value: reading[name],
  }));
}

function watch(metric: MetricView, series: SeriesSnapshot): Html {
  const query = new URLSearchParams({ of: metric.service, labels: seriesKey(series) });
  const path = `api/v1/metrics/${encodeURIComponent(metric.name)}/series?${query.toString()}`;
  const title = `${metric.name} ${Object.values(series.labels).join(" ")}`.trim();
  return html`<button
    type="button"
    class="watch"
    data-watch="${path}"
    data-title="${title}"
    data-unit="${metric.unit === "1" ? "" : metric.unit}"
    data-kind="${metric.kind}"
    aria-label="Watch ${title}"
    hidden
  >
    Watch
  </button>`;
}

function labels({ labels: all, isOverflow }: SeriesSnapshot): Html {
  if (isOverflow) return html`<span class="labels">everything beyond the limit</span>`;
  const entries = Object.entries(all);
  if (entries.length === 0) return html`<span class="labels quiet">no labels</span>`;
  return html`<span class="labels"
    >${entries.map(([key, text], index) => html`${index > 0 && ", "}<span class="quiet">${key}=</span>${String(text)}`)}</span
  >`;
}

function value({ reading }: SeriesSnapshot, unit: string): Html {
  const shown = (size: number | undefined): string => inUnit(size, unit);
  switch (reading.type) {
    case "number":
      return html`<b class="value" title="${reading.value}">${shown(reading.value)}</b>`;
    case "state":
      return html`<b class="value">${reading.value}</b>`;
    case "none":
      return html`<span class="quiet">nothing now</span>`;
    case "failed":
      return html`${mark("fail", "its callback threw")} ${whyNot("fail", reading.message)}`;
    case "distribution":
      return html`<b class="value">${count(reading.count)}×</b>
        <span class="quantiles"
          >p50 ${shown(reading.p50)} · p90 ${shown(reading.p90)} · p99 ${shown(reading.p99)} · max
          ${shown(reading.max)}</span
        >`;
  }
}

function detailHref({ name, service }: MetricRow, query: URLSearchParams): string {
  return hrefWith(query, { metric: name, of: service }, "metrics");
}
