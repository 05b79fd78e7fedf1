import { formatId, parseId } from "../../identity/id.ts";
import { findingsOf, type SpecDraft } from "../rules/index.ts";
import { serviceIdOf } from "../rules/service-named.ts";
import { type MetricKind, type MetricSpec, specOf } from "../spec.ts";
import { boundsOf } from "./buckets.ts";
import { type Entry, exactId, fieldsOf } from "./entries.ts";
import { formatPlace, type SpecProblem } from "./problem.ts";
import type { SchemaFault } from "./schema.ts";
import type { Source } from "./source.ts";

/**
 * The spec that an entry declares, or what the rules say against it.
 * @param known what the schema has said against the entry already, which is not said again
 */
export function specOfEntry(
  entry: Entry,
  source: Source,
  known: readonly SchemaFault[],
): { readonly spec?: MetricSpec; readonly problems: readonly SpecProblem[] } {
  if (
    known.some(({ pointer }) => pointer === `${entry.pointer}/kind`) ||
    entry.kind === undefined
  ) {
    return { problems: [] };
  }
  const { bounds, problem } = boundsOf(entry.input["buckets"]);
  const draft = draftOf(entry, bounds);
  const findings =
    problem === undefined ? findingsOf(draft) : [{ rule: BUCKETS, message: problem }];
  if (findings.length === 0 && known.length === 0) {
    return { spec: specOf(draft, formatPlace(source.place(entry.pointer))), problems: [] };
  }
  const problems = findings.flatMap(({ rule, message }) => {
    const pointer = pointerOf(message, entry);
    if (known.some((fault) => isWithin(fault.pointer, pointer))) return [];
    return { ...source.place(pointer), message, rule };
  });
  return { problems };
}

/** The rule that a computed list of bounds breaks before it is one. */
const BUCKETS = "buckets-ordered";

/** The declaration that an entry stands for: the one place that knows the fields of both. */
function draftOf({ kind, input }: Entry, buckets: unknown): SpecDraft {
  const id = exactId(input["id"]);
  const given = input["service"];
  const service =
    typeof given === "object" && given !== null
      ? { ...given, id: exactId(fieldsOf(given)["id"]) }
      : exactId(given);
  return {
    kind: kind as MetricKind,
    service,
    id,
    help: input["help"],
    unit: input["unit"],
    labels: input["labels"],
    buckets,
    stateLabel: input["stateLabel"],
    maxSeries: input["maxSeries"],
    name: input["name"] ?? hexName(serviceIdOf(service), id),
  };
}

/** The name of a metric that the file gives none, by the original's convention. */
function hexName(service: unknown, id: unknown): string | undefined {
  try {
    return `op_${formatId(parseId("service", service))}_${formatId(parseId("id", id))}`;
  } catch {
    return undefined;
  }
}

/** Where the field stands that a finding's message begins with, or else the whole entry. */
function pointerOf(message: string, entry: Entry): string {
  const [, word, index] = /^(\w+)(?:\[(\d+)\])?/.exec(message) ?? [];
  const pointer = entry.pointers[word === "label" ? "labels" : (word ?? "")];
  if (pointer === undefined) return entry.pointer;
  return index === undefined ? pointer : `${pointer}/${index}`;
}

function isWithin(pointer: string, outer: string): boolean {
  return pointer === outer || pointer.startsWith(`${outer}/`);
}
