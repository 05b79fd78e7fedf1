import type { MetricRegistry } from "../metrics/registry.ts";
import { methodsOption, optionsObject } from "../shared/options.ts";
import { closingLines } from "./closing.ts";
import { lineText } from "./format.ts";
import { type MetricSnapshot, snapshot, type SnapshotOptions } from "./snapshot.ts";
import { type PlainRow, plainTable, seriesTable, unitText } from "./tables.ts";

/** How a dump looks. */
export interface DumpOptions extends SnapshotOptions {
  /** A first line. @default none */
  readonly heading?: string;
  /**
   * The stream that you will write the text to. A terminal gets highlighted titles, unless `NO_COLOR` or
   * `FORCE_COLOR` say otherwise. The text is only returned, not written. @default plain text
   */
  readonly stream?: NodeJS.WritableStream;
}

/**
 * The current values of a registry's metrics, as text: those without labels first, then each of the
 * others with its series, sorted by name and labels. Distributions are shown by their count, mean and
 * estimated quantiles. Changes nothing, as `snapshot` does not.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function dump(registry: MetricRegistry, options: DumpOptions = {}): string {
  const { heading, stream, ...which } = optionsObject("dump", options, OPTIONS);
  const style = styleFor(stream);
  const metrics = snapshot(registry, which);
  const isSeen = (metric: MetricSnapshot): boolean => metric.series.length > 0;
  const nameOf = namer(metrics);
  const [labelled, plain] = [true, false].map((is) =>
    metrics.filter((metric) => isSeen(metric) && metric.labelKeys.length > 0 === is),
  );
  const sections = [
    ...(heading === undefined ? [] : [[style("bold", lineText(heading))]]),
    ...plainSections(plain!, nameOf, style),
    ...labelled!.map((metric) => seriesSection(metric, nameOf(metric), style)),
    closingLines(metrics, nameOf),
  ];
  return sections.map((lines) => lines.join("\n")).join("\n\n");
}

const OPTIONS = ["prefix", "maxSeries", "heading", "stream"] as const;

type Style = (format: "bold" | "gray", text: string) => string;

function styleFor(stream: DumpOptions["stream"]): Style {
  if (stream === undefined) return (_, text) => text;
  methodsOption("dump.stream", stream, ["write", "on"]);
  const { styleText } = process.getBuiltinModule("node:util");
  return (format, text) => styleText(format, text, { stream });
}

/** A metric's name, with that of its Meter where several have it. */
function namer(metrics: readonly MetricSnapshot[]): (metric: MetricSnapshot) => string {
  const counts = Map.groupBy(metrics, ({ name }) => name);
  return ({ name, meter }) =>
    counts.get(name)!.length > 1 ? `${name} [${lineText(meter)}]` : name;
}

/** One table of the numbers and one of the distributions. */
function plainSections(
  metrics: readonly MetricSnapshot[],
  nameOf: (metric: MetricSnapshot) => string,
  style: Style,
): string[][] {
  const rows = metrics.flatMap((metric) =>
    metric.series.map((series): PlainRow => ({ name: nameOf(metric), metric, series })),
  );
  return [false, true]
    .map((is) => rows.filter(({ series }) => (series.reading.type === "distribution") === is))
    .filter((table) => table.length > 0)
    .map((table) => titled(plainTable(table), style));
}

function seriesSection(metric: MetricSnapshot, name: string, style: Style): string[] {
  const { kind, unit, exportedName, moreSeries } = metric;
  const facts = [kind, unitText(unit)].filter((fact) => fact !== undefined);
  return [
    [style("bold", name), ...facts].join(" · "),
    ...(exportedName === metric.name ? [] : [`  exported as ${lineText(exportedName)}`]),
    ...titled(seriesTable(metric), style).map((line) => `  ${line}`),
    ...(moreSeries === 0 ? [] : [`  … and ${moreSeries} more`]),
  ];
}

/** The first line of a table, with its titles, is dimmed. */
function titled([titles, ...rows]: readonly string[], style: Style): string[] {
  return [style("gray", titles ?? ""), ...rows];
}
