import { parseNonZeroId } from "../../identity/id.ts";
import { messageOf } from "../../shared/errors.ts";
import { serviceIdOf } from "./service-named.ts";
import type { Rule } from "./rule.ts";

/** Service and metric have ids, and zero, which means "none", is neither. */
export const idsNotZero: Rule = {
  code: "ids-not-zero",
  check: ({ service, id }) => [...problem("service", serviceIdOf(service)), ...problem("id", id)],
};

function problem(what: string, id: unknown): string[] {
  try {
    parseNonZeroId(what, id);
    return [];
  } catch (error) {
    return [messageOf(error).replace(/^Option /, "")];
  }
}
