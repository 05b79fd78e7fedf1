import { describe } from "../../shared/errors.ts";
import type { Rule } from "./rule.ts";

const TYPE = /^(?:string|int|boolean)\??$/;

/** Labels are a list of names, or names with types; where they are declared, there is at least one. */
export const labelsDeclared: Rule = {
  code: "labels-declared",
  check({ labels }) {
    if (labels === undefined) return [];
    if (typeof labels !== "object" || labels === null) {
      return [`labels must be a list of names, or names with types, got ${describe(labels)}`];
    }
    if (Array.isArray(labels)) {
      const wrong = labels.filter((name) => typeof name !== "string");
      return [
        ...wrong.map((name) => `labels must be texts, got ${describe(name)}`),
        ...none(labels),
      ];
    }
    const wrong = Object.entries(labels).filter(
      ([, type]) => typeof type !== "string" || !TYPE.test(type),
    );
    return [
      ...wrong.map(
        ([name, type]) =>
          `label ${name} must be of type string, int or boolean, with ? where it may be absent, got ${describe(type)}`,
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

/** The names of the labels in a declaration of either form; those that are texts. */
export function labelNames(labels: unknown): string[] {
  if (typeof labels !== "object" || labels === null) return [];
  const names: unknown[] = Array.isArray(labels) ? labels : Object.keys(labels);
  return names.filter((name) => typeof name === "string");
}
