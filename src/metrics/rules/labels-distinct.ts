import { labelName } from "../../points/translation/label-name.ts";
import { labelNames } from "./labels-declared.ts";
import type { Rule } from "./rule.ts";

/** No two labels have the same name, or the same name in Prometheus, which would refuse the whole scrape. */
export const labelsDistinct: Rule = {
  code: "labels-distinct",
  check(draft) {
    const byName = new Map<string, string>();
    return labelNames(draft).flatMap((name) => {
      const translated = labelName(name);
      const first = byName.get(translated);
      byName.set(translated, name);
      if (first === undefined) return [];
      return first === name
        ? [`label ${name} is declared twice`]
        : [`labels ${first} and ${name} are both ${translated} in Prometheus; rename one`];
    });
  },
};
