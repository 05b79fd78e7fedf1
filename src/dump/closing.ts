import type { MetricSnapshot } from "./snapshot.ts";

/** Lines are no longer than this where they can be broken. */
const WIDTH = 100;

/** The last lines of a dump, about all metrics together. */
export function closingLines(
  metrics: readonly MetricSnapshot[],
  nameOf: (metric: MetricSnapshot) => string,
): string[] {
  const seen = metrics.filter(({ series }) => series.length > 0);
  const series = seen.reduce((sum, metric) => sum + metric.series.length + metric.moreSeries, 0);
  const off = metrics.filter(({ isOff }) => isOff);
  const empty = metrics.filter((metric) => !metric.isOff && metric.series.length === 0);
  const constants = Object.entries(seen[0]?.constantLabels ?? {}).filter(([key]) => key !== "svc");
  return [
    `${count(seen.length, "metric")}, ${series} series.`,
    ...(constants.length === 0
      ? []
      : wrapped("On every series:", [
          ...constants.map(([key, value]) => `${key}=${String(value)}`),
          "svc=the id of the metric's service",
        ])),
    ...(empty.length === 0 ? [] : wrapped("Nothing recorded yet:", empty.map(nameOf))),
    ...(off.length === 0 ? [] : wrapped("Turned off:", off.map(nameOf))),
  ];
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? "" : "s"}`;
}

/** A list after a title, over as many lines as it needs. */
function wrapped(title: string, items: readonly string[]): string[] {
  const lines = [title];
  items.forEach((item, index) => {
    const text = index === items.length - 1 ? item : `${item},`;
    if (`${lines.at(-1)} ${text}`.length <= WIDTH) lines.push(`${lines.pop()} ${text}`);
    else lines.push(`  ${text}`);
  });
  return lines;
}
