import type { ProbeMeasurement, ProbeMetric } from "../../contract.ts";

/** More lines than this are not read. */
const MAX_LINES = 10_000;
const LINE = /^([A-Za-z_:][\w.:/-]*)(?:\{([^{}]*)\})?[ \t]+(\S+)$/;
const LABEL = /([A-Za-z_][\w.-]*)="((?:[^"\\]|\\.)*)"\s*(?:,\s*|$)/y;

/**
 * The measurements in a program's output: lines with a name, optional labels, and a number, such as
 * `queue_length{queue="mail"} 7`. Ignores metrics that the probe does not declare, and wrong labels.
 */
export function outputMetrics(output: string, metrics: readonly ProbeMetric[]): ProbeMeasurement[] {
  if (metrics.length === 0) return [];
  const declared = new Map(metrics.map((metric) => [metric.name, metric]));
  const found: ProbeMeasurement[] = [];
  for (const line of output.split("\n", MAX_LINES)) {
    const [, name, text, number] = LINE.exec(line.trim()) ?? [];
    const metric = name === undefined ? undefined : declared.get(name);
    const value = Number(number);
    const labels = text === undefined ? {} : labelsIn(text);
    if (metric === undefined || labels === undefined || !Number.isFinite(value)) continue;
    const wanted = metric.labels ?? [];
    const fits =
      Object.keys(labels).length === wanted.length && wanted.every((key) => key in labels);
    if (fits) found.push({ name: metric.name, value, ...(wanted.length > 0 && { labels }) });
  }
  return found;
}

/** The labels between braces; undefined if they are malformed. */
function labelsIn(text: string): Record<string, string> | undefined {
  const labels: Record<string, string> = {};
  LABEL.lastIndex = 0;
  for (let at = 0; at < text.length; at = LABEL.lastIndex) {
    const [, key, value] = LABEL.exec(text) ?? [];
    if (key === undefined) return undefined;
    labels[key] = value!.replaceAll(/\\(.)/g, (_, escaped: string) =>
      escaped === "n" ? "\n" : escaped,
    );
  }
  return labels;
}
