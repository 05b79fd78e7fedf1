import { describe } from "../../shared/errors.ts";
import type { Rule } from "./rule.ts";

/** The pattern of instrument names in the OpenTelemetry specification. */
const NAME = /^[A-Za-z][A-Za-z0-9_.\-/]{0,254}$/;

/** The name is legal in OpenTelemetry. The SDK would only warn, and export something useless. */
export const nameLegal: Rule = {
  code: "name-legal",
  check: ({ name }) =>
    typeof name === "string" && NAME.test(name)
      ? []
      : [
          `name must be a letter and then letters, digits, and _ . - /, at most 255 in all, got ${describe(name)}`,
        ],
};
