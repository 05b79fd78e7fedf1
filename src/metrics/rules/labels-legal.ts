import { describe } from "../../shared/errors.ts";
import { labelNames } from "./labels-declared.ts";
import type { Rule } from "./rule.ts";

/** What is still a label once Prometheus' exporter has put `_` for what it does not take. */
const LABEL = /^(?!__)[A-Za-z_][A-Za-z0-9_.\-/]{0,254}$/;

/** Every label's name is legal, also in Prometheus, which else refuses the whole scrape. */
export const labelsLegal: Rule = {
  code: "labels-legal",
  check: (draft) =>
    labelNames(draft)
      .filter((name) => !LABEL.test(name))
      .map(
        (name) =>
          `label ${describe(name)} must be a letter or _ and then letters, digits, and _ . - /, not beginning with __`,
      ),
};
