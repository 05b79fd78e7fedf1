import { type MetricSpec, prometheusName } from "../metrics/index.ts";

/** The metrics as Markdown: a section and a table for each service, in the order of the specs. */
export function markdown(specs: readonly MetricSpec[]): string {
  const byService = Map.groupBy(specs, (spec) => spec.service.id);
  const sections = [...byService.values()].map((ofService) => {
    const { service, derivedIds } = ofService[0]!;
    return [
      `## ${code(service.name)}`,
      "",
      `Service ${idCell(service.id, derivedIds.includes("service"))}.`,
      "",
      "| Metric | In Prometheus | Kind | Unit | Labels | Description | Id |",
      "| --- | --- | --- | --- | --- | --- | --- |",
      ...ofService.map(row),
      "",
    ].join("\n");
  });
  return ["# Metrics", "", ...sections].join("\n");
}

/** A spec as JSON can hold it. */
export function describeSpec(spec: MetricSpec): object {
  const { kind, service, id, name, help, unit, labels, buckets, maxSeries } = spec;
  const { derivedIds, definedAt } = spec;
  const ids = { service: { id: hex(service.id), name: service.name }, id: hex(id), derivedIds };
  const prometheus = prometheusName(spec);
  return { kind, ...ids, name, prometheus, help, unit, labels, buckets, maxSeries, definedAt };
}

function row(spec: MetricSpec): string {
  const { kind, name, help, unit, labels, buckets, id, derivedIds } = spec;
  const cells = [
    code(name),
    code(prometheusName(spec)),
    buckets === undefined ? kind : `${kind}: ${buckets.join(", ")}`,
    code(unit),
    labels.map(label).join(", "),
    escapeText(help),
    idCell(id, derivedIds.includes("id")),
  ];
  return `| ${cells.join(" | ")} |`;
}

function label({ key, type, optional }: MetricSpec["labels"][number]): string {
  const notes = [...(type === "string" ? [] : [type]), ...(optional ? ["optional"] : [])];
  return `${code(key)}${notes.length === 0 ? "" : ` (${notes.join(", ")})`}`;
}

/** An id. Renaming changes an id that is derived from the name, so say which ones are. */
function idCell(id: bigint, isDerived: boolean): string {
  return isDerived ? `${code(hex(id))} (from its name)` : code(hex(id));
}

function hex(id: bigint): string {
  return `0x${id.toString(16)}`;
}

/** Code of a table cell: even there a bar ends the cell; a backtick needs longer quotes. */
function code(text: string): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const quote = "`".repeat(longest + 1);
  const padding = longest === 0 ? "" : " ";
  return `${quote}${padding}${text.replaceAll("|", "\\|")}${padding}${quote}`;
}

/** Text of a table cell that shows every character as it is. */
function escapeText(text: string): string {
  return text.replaceAll(/[\\`*_[\]<>|~&#]/g, "\\$&").replaceAll(/\s+/g, " ");
}
