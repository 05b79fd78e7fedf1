import { describe } from "../../shared/errors.ts";
import type { Rule } from "./rule.ts";

/** An instrument name of the OpenTelemetry specification. */
const NAME = /^[A-Za-z][A-Za-z0-9_.\-/]{0,254}$/;

/** The name is one that OpenTelemetry takes; the SDK only warns, and exports nonsense. */
export const nameLegal: Rule = {
  code: "name-legal",
  check: ({ name }) =>
    typeof name === "string" && NAME.test(name)
      ? []
      : [
          `name must be a letter and then letters, digits, and _ . - /, at most 255 in all, got ${describe(name)}`,
        ],
};
