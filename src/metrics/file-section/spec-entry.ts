import { exactId, fieldsOf } from "../../files/fields.ts";
import { formatPlace } from "../../files/problem.ts";
import type { SpecFile } from "../../files/spec-file.ts";
import { formatId, parseId } from "../../identity/id.ts";
import { findingsOf, type SpecDraft } from "../rules/index.ts";
import { partsOf } from "../rules/service-named.ts";
import { type MetricKind, type MetricSpec, specOf } from "../spec.ts";
import { boundsOf } from "./buckets.ts";
import type { Entry } from "./entries.ts";

/** Returns the spec of an entry in the file, or undefined if the entry breaks the schema or a rule. */
export function specOfEntry(entry: Entry, file: SpecFile): MetricSpec | undefined {
  // Do not repeat what the schema has already reported.
  const known = file.faultsIn(entry.pointer);
  const isOfNoKind = known.some(({ pointer }) => pointer === `${entry.pointer}/kind`);
  if (isOfNoKind || entry.kind === undefined) return undefined;
  const { bounds, problem } = boundsOf(entry.input["buckets"]);
  const draft = draftOf(entry, bounds);
  const findings =
    problem === undefined ? findingsOf(draft) : [{ rule: BUCKETS, message: problem }];
  if (findings.length === 0 && known.length === 0) {
    const place = formatPlace(file.place(entry.pointer));
    return specOf(draft, () => place);
  }
  for (const { rule, message } of findings) {
    const pointer = pointerOf(message, entry);
    if (known.some((fault) => isWithin(fault.pointer, pointer))) continue;
    file.say(file.place(pointer), message, rule);
  }
  return undefined;
}

/** The rule that an invalid computation of bounds breaks. */
const BUCKETS = "buckets-ordered";

/** Converts an entry to a declaration. Only this function knows the fields of both. */
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
    name: input["name"] ?? hexName(partsOf(service).id, id),
  };
}

/** Returns the name of a metric without one: by OysterPack's convention, from its ids. */
function hexName(service: unknown, id: unknown): string | undefined {
  try {
    return `op_${formatId(parseId("service", service))}_${formatId(parseId("id", id))}`;
  } catch {
    return undefined;
  }
}

/** Returns the JSON pointer of the field with which the message begins, or else that of the whole entry. */
function pointerOf(message: string, entry: Entry): string {
  const [, word, index] = /^(\w+)(?:\[(\d+)\])?/.exec(message) ?? [];
  const pointer = entry.pointers[word === "label" ? "labels" : (word ?? "")];
  if (pointer === undefined) return entry.pointer;
  return index === undefined ? pointer : `${pointer}/${index}`;
}

function isWithin(pointer: string, outer: string): boolean {
  return pointer === outer || pointer.startsWith(`${outer}/`);
}
