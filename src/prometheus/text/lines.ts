import { EXPONENTIAL_HISTOGRAM, HISTOGRAM } from "../../points/types.ts";
import { numberText } from "../bytes/digits.ts";
import type { Family, Member } from "../families.ts";
import type { Label } from "../labels.ts";
import { escapeQuoted, quotedName, type SeriesMemo, seriesMemo } from "../memo.ts";

/** The lines of one series up to their values. */
export function seriesLines({ stream, memo }: Member, labels: readonly Label[]): SeriesMemo {
  const { name } = memo.name;
  const pairs = labels.map(([key, value]) => `${quotedName(key)}="${escapeQuoted(value)}"`);
  if (stream.type !== HISTOGRAM && stream.type !== EXPONENTIAL_HISTOGRAM) {
    return seriesMemo(Buffer.from(`${line(name, pairs)} `));
  }
  return seriesMemo(
    Buffer.from(opened(`${name}_bucket`, pairs)),
    Buffer.from(`${line(`${name}_sum`, pairs)} `),
    Buffer.from(`${line(`${name}_count`, pairs)} `),
  );
}

/** The ends of a histogram's bucket lines, the last without a bound. */
export function bucketTails(boundaries: readonly number[], isCanonical: boolean): Buffer[] {
  const bounds = boundaries.map((bound) => (isCanonical ? canonical(bound) : numberText(bound)));
  return [...bounds, "+Inf"].map((bound) => Buffer.from(`le="${bound}"} `));
}

/** What stands above a family in text. */
export function textHeader({ name, type, help }: Family): string {
  const written = quotedName(name);
  const helpLine =
    help === undefined || help === "" ? "" : `# HELP ${written} ${escapeHelp(help)}\n`;
  return `${helpLine}# TYPE ${written} ${type}\n`;
}

/** What stands above a family in OpenMetrics. */
export function openMetricsHeader(family: Family): string {
  const { name, base, type, help, unit, isPlain } = family;
  const isUnknown = type === "counter" && isPlain;
  const written = quotedName(isUnknown ? name : base);
  const hasUnit = unit !== undefined && unit !== "" && (isUnknown ? name : base).endsWith(unit);
  const unitLine = hasUnit ? `# UNIT ${written} ${unit}\n` : "";
  const helpLine =
    help === undefined || help === ""
      ? ""
      : `# HELP ${written} ${escapeQuoted(help.toWellFormed())}\n`;
  return `# TYPE ${written} ${isUnknown ? "unknown" : type}\n${unitLine}${helpLine}`;
}

/** A sample's name with its labels. */
export function line(name: string, pairs: readonly string[]): string {
  const written = quotedName(name);
  if (written !== name) return `{${[written, ...pairs].join(",")}}`;
  return pairs.length === 0 ? name : `${name}{${pairs.join(",")}}`;
}

/** The same, with room for one more label. */
function opened(name: string, pairs: readonly string[]): string {
  const written = quotedName(name);
  const first = written === name ? `${name}{` : `{${written},`;
  return `${first}${pairs.map((pair) => `${pair},`).join("")}`;
}

/** A bound as OpenMetrics asks for it, so that every program writes the same: `1.0`. */
function canonical(bound: number): string {
  const text = numberText(bound);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}

function escapeHelp(help: string): string {
  return help.toWellFormed().replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}
