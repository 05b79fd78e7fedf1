import { describe } from "../../shared/errors.ts";
import { labelNames } from "./labels-declared.ts";
import type { Rule } from "./rule.ts";

/** A name that is a legal label after Prometheus' exporter has replaced illegal characters with `_`. */
const LABEL = /^(?!__)[A-Za-z_][A-Za-z0-9_.\-/]{0,254}$/;

/** Every label has a name that is also legal in Prometheus, which would otherwise refuse the whole scrape. */
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
