import { describe } from "../../shared/errors.ts";
import type { Rule, SpecDraft } from "./rule.ts";

const TYPE = /^(?:string|int|boolean)\??$/;

/** Labels are a list of names, or names with types. If a spec declares labels, there is at least one. */
export const labelsDeclared: Rule = {
  code: "labels-declared",
  check({ labels, kind, stateLabel }) {
    if (kind === "state" && stateLabel !== undefined && typeof stateLabel !== "string") {
      return [`stateLabel must be the name of a label, got ${describe(stateLabel)}`];
    }
    if (labels === undefined) return [];
    if (typeof labels !== "object" || labels === null) {
      return [`labels must be a list of names, or names with types, got ${describe(labels)}`];
    }
    if (Array.isArray(labels)) {
      const wrong = labels.filter((name) => typeof name !== "string");
      return [
        ...wrong.map((name) => `labels must be a list of texts, got ${describe(name)} in it`),
        ...none(labels),
      ];
    }
    const wrong = Object.entries(labels).filter(
      ([, type]) => typeof type !== "string" || !TYPE.test(type),
    );
    return [
      ...wrong.map(
        ([name, type]) =>
          `label ${name} must have the type string, int or boolean, with ? if it is optional, got ${describe(type)}`,
      ),
      ...none(Object.keys(labels)),
    ];
  },
};

function none(labels: readonly unknown[]): string[] {
  return labels.length === 0
    ? ["labels must name at least one label; leave them out for a metric of one series"]
    : [];
}

/** The default label for the state. */
export const DEFAULT_STATE_LABEL = "state";

/**
 * Returns the names of all labels of the series, including that of the state. Leaves out names that are not
 * texts.
 */
export function labelNames({ kind, labels, stateLabel }: SpecDraft): string[] {
  const declared: unknown[] = Array.isArray(labels)
    ? labels
    : typeof labels === "object" && labels !== null
      ? Object.keys(labels)
      : [];
  const all = kind === "state" ? [...declared, stateLabel ?? DEFAULT_STATE_LABEL] : declared;
  return all.filter((name) => typeof name === "string");
}
