import type { MetricStream } from "../points/streams.ts";
import { EXPONENTIAL_HISTOGRAM, GAUGE, HISTOGRAM, SUM } from "../points/types.ts";
import type { FormatMemo, StreamMemo } from "./memo.ts";

/** The types of Prometheus that OpenTelemetry's metrics can have. */
export type FamilyType = "counter" | "gauge" | "histogram";

/** One metric among those that share a name. */
export interface Member {
  readonly stream: MetricStream;
  readonly memo: StreamMemo;
  /** Whether two of its series may come to the same labels. */
  mayRepeat: boolean;
}

/** The metrics that are one in Prometheus. */
export interface Family {
  readonly name: string;
  /** What OpenMetrics calls it: without `_total`. */
  readonly base: string;
  readonly type: FamilyType;
  /** Undefined where its members do not agree. */
  help: string | undefined;
  unit: string | undefined;
  readonly members: Member[];
  /** Whether OpenMetrics must not take it for a counter, since the name without `_total` is another's. */
  isPlain: boolean;
}

/** Told of what cannot be shown as it is. */
export type OnTrouble = (cause: string, message: string) => void;

/**
 * Puts metrics that have one name in Prometheus together. As the specification says: of metrics with one
 * name and several types the first is kept; where only their help or unit differs, all are, and no help
 * is written. A metric whose samples would have another's name is left out.
 * @param reserved names that are the exposition's own
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
      `${title}, a ${type}, is left out: ${titleOf(family.members[0]!.stream)} is ${family.name} in Prometheus too, and a ${family.type}`,
    );
    return;
  }
  if (family.help !== (member.stream.descriptor.description ?? "")) family.help = undefined;
  if (family.unit !== member.memo.name.unit) family.unit = undefined;
  family.members.push(member);
  // Only the scope may tell two metrics' series apart.
  for (const each of family.members) each.mayRepeat = true;
}

/** Leaves out what would have samples of one name in two families. */
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
        `${title} is left out: ${owners.get(taken)!} has samples named ${taken} in Prometheus too`,
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
