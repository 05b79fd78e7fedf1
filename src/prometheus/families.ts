import type { MetricStream } from "../points/streams.ts";
import { EXPONENTIAL_HISTOGRAM, GAUGE, HISTOGRAM, SUM } from "../points/types.ts";
import type { FormatMemo, StreamMemo } from "./memo.ts";

/** The Prometheus types that an OpenTelemetry metric can have. */
export type FamilyType = "counter" | "gauge" | "histogram";

/** One of the metrics that share a name in Prometheus. */
export interface Member {
  readonly stream: MetricStream;
  readonly memo: StreamMemo;
  /** Whether two of its series may get the same labels. */
  mayRepeat: boolean;
}

/** The metrics that share one name in Prometheus. */
export interface Family {
  readonly name: string;
  /** The name of the family in OpenMetrics, without `_total`. */
  readonly base: string;
  readonly type: FamilyType;
  /** Undefined if the members have different help texts. */
  help: string | undefined;
  unit: string | undefined;
  readonly members: Member[];
  /**
   * Whether OpenMetrics must not declare it as a counter, because another family has the name without
   * `_total`.
   */
  isPlain: boolean;
}

/** Called for a metric that cannot be shown unchanged. */
export type OnTrouble = (cause: string, message: string) => void;

/**
 * Groups the metrics that share a name in Prometheus. It follows the specification: if they have different
 * types, only those with the type of the first one are kept; if only help or unit differ, all are kept and no
 * help or unit is written. A metric whose sample names belong to another family is left out.
 * @param reserved the names that the exposition uses itself
 */
export function familiesOf(
  own: Iterable<MetricStream>,
  foreign: Iterable<MetricStream>,
  memo: FormatMemo,
  reserved: readonly string[],
  onTrouble: OnTrouble,
): Family[] {
  const families = new Map<string, Family>();
  const add = (stream: MetricStream, mayRepeat: boolean): void => {
    const type = typeOf(stream);
    if (type === undefined) return;
    const member: Member = { stream, memo: memo.of(stream), mayRepeat };
    const known = families.get(member.memo.name.name);
    if (known === undefined) families.set(member.memo.name.name, newFamily(member, type));
    else join(known, member, type, onTrouble);
  };
  for (const stream of own) add(stream, false);
  for (const stream of foreign) add(stream, true);
  return withoutClashes([...families.values()], reserved, onTrouble);
}

function newFamily(member: Member, type: FamilyType): Family {
  const { name, base, unit } = member.memo.name;
  const help = member.stream.descriptor.description ?? "";
  return { name, base, type, help, unit, members: [member], isPlain: name === base };
}

function join(family: Family, member: Member, type: FamilyType, onTrouble: OnTrouble): void {
  const title = titleOf(member.stream);
  if (family.type !== type) {
    onTrouble(
      `type/${title}`,
      `${title}, a ${type}, is left out: ${titleOf(family.members[0]!.stream)}, a ${family.type}, has the same name in Prometheus, ${family.name}`,
    );
    return;
  }
  if (family.help !== (member.stream.descriptor.description ?? "")) family.help = undefined;
  if (family.unit !== member.memo.name.unit) family.unit = undefined;
  family.members.push(member);
  // The series of two metrics may differ only by scope.
  for (const each of family.members) each.mayRepeat = true;
}

/** Leaves out families that would have a sample name of another family. */
function withoutClashes(
  families: readonly Family[],
  reserved: readonly string[],
  onTrouble: OnTrouble,
): Family[] {
  const owners = new Map<string, string>(reserved.map((name) => [name, name]));
  const kept = families.filter((family) => {
    const names = samplesOf(family);
    const taken = names.find((name) => owners.has(name));
    if (taken !== undefined) {
      const title = titleOf(family.members[0]!.stream);
      onTrouble(
        `samples/${title}`,
        `${title} is left out: in Prometheus ${owners.get(taken)!} also has samples named ${taken}`,
      );
      return false;
    }
    for (const name of names) owners.set(name, family.name);
    return true;
  });
  for (const family of kept) family.isPlain ||= owners.has(family.base);
  return kept;
}

function samplesOf({ name, type }: Family): string[] {
  return type === "histogram" ? [name, `${name}_bucket`, `${name}_sum`, `${name}_count`] : [name];
}

function typeOf({ type, isMonotonic }: MetricStream): FamilyType | undefined {
  switch (type) {
    case SUM:
      return isMonotonic ? "counter" : "gauge";
    case GAUGE:
      return "gauge";
    case HISTOGRAM:
    case EXPONENTIAL_HISTOGRAM:
      return "histogram";
    default:
      return undefined;
  }
}

function titleOf({ scope, descriptor }: MetricStream): string {
  return `${descriptor.name} of ${scope.name === "" ? "a meter without a name" : scope.name}`;
}
