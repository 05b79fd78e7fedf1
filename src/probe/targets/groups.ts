import { describe } from "../../shared/errors.ts";
import { type TargetInput, targetOf } from "../target.ts";

/**
 * Reads the format of Prometheus' file and HTTP service discovery: `[{ "targets": ["host:port"], "labels":
 * { "key": "value" } }]`.
 * @param max the most targets
 * @throws TypeError names the invalid part
 */
export function targetsOfGroups(value: unknown, max: number): TargetInput[] {
  if (!Array.isArray(value)) throw wrong("the whole", "a list of groups", value);
  const targets: TargetInput[] = [];
  for (const [index, group] of value.entries()) {
    if (typeof group !== "object" || group === null) throw wrong(`[${index}]`, "an object", group);
    const { targets: texts, labels } = group as { targets?: unknown; labels?: unknown };
    if (!Array.isArray(texts)) throw wrong(`[${index}].targets`, "a list of texts", texts);
    const known = labelsOf(`[${index}].labels`, labels);
    for (const [at, text] of texts.entries()) {
      if (typeof text !== "string") throw wrong(`[${index}].targets[${at}]`, "a text", text);
      if (targets.length >= max) throw new RangeError(`There are more than ${max} targets`);
      targets.push({ ...targetOf(text, `[${index}].targets[${at}]`), labels: known });
    }
  }
  return targets;
}

function labelsOf(where: string, labels: unknown): Record<string, string> {
  if (labels === undefined || labels === null) return {};
  if (typeof labels !== "object" || Array.isArray(labels)) throw wrong(where, "an object", labels);
  const known: Record<string, string> = {};
  for (const [key, value] of Object.entries(labels)) {
    if (typeof value !== "string") throw wrong(`${where}.${key}`, "a text", value);
    known[key] = value;
  }
  return known;
}

function wrong(where: string, expected: string, got: unknown): TypeError {
  return new TypeError(`${where} must be ${expected}, got ${describe(got)}`);
}
