import { EXPONENTIAL_HISTOGRAM, HISTOGRAM } from "../../points/types.ts";
import { numberText } from "../bytes/digits.ts";
import type { Family, Member } from "../families.ts";
import type { Label } from "../labels.ts";
import { escapeQuoted, quotedName, type SeriesMemo, seriesMemo } from "../memo.ts";

/** Returns the lines of one series up to their values. */
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

/** Returns the ends of a histogram's bucket lines, from `le` to the value. The last bucket has no bound. */
export function bucketTails(boundaries: readonly number[], isCanonical: boolean): Buffer[] {
  const bounds = boundaries.map((bound) => (isCanonical ? canonical(bound) : numberText(bound)));
  return [...bounds, "+Inf"].map((bound) => Buffer.from(`le="${bound}"} `));
}

/** Returns the comment lines above a family in text. */
export function textHeader({ name, type, help }: Family): string {
  const written = quotedName(name);
  const helpLine =
    help === undefined || help === "" ? "" : `# HELP ${written} ${escapeHelp(help)}\n`;
  return `${helpLine}# TYPE ${written} ${type}\n`;
}

/** Returns the comment lines above a family in OpenMetrics. */
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

/** Returns a sample's name with its labels. */
export function line(name: string, pairs: readonly string[]): string {
  const written = quotedName(name);
  if (written !== name) return `{${[written, ...pairs].join(",")}}`;
  return pairs.length === 0 ? name : `${name}{${pairs.join(",")}}`;
}

/** The same, but open for one more label. */
function opened(name: string, pairs: readonly string[]): string {
  const written = quotedName(name);
  const first = written === name ? `${name}{` : `{${written},`;
  return `${first}${pairs.map((pair) => `${pair},`).join("")}`;
}

/** Returns a bound in the canonical form that OpenMetrics requires: `1.0`. */
function canonical(bound: number): string {
  const text = numberText(bound);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}

function escapeHelp(help: string): string {
  return help.toWellFormed().replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}
