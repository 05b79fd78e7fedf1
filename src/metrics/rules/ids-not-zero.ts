import { parseNonZeroId } from "../../identity/id.ts";
import { messageOf } from "../../shared/errors.ts";
import { partsOf } from "./service-named.ts";
import type { Rule } from "./rule.ts";

/** The id of a service or metric is not zero, which means "none". */
export const idsNotZero: Rule = {
  code: "ids-not-zero",
  check: ({ service, id }) => [
    ...serviceProblem(service),
    ...(id === undefined ? [] : problem("id", id)),
  ],
};

function serviceProblem(service: unknown): string[] {
  const { id, name } = partsOf(service);
  // The id is derived from the name.
  if (id === undefined && name !== undefined) return [];
  return problem("service", id).map((message) =>
    name !== undefined
      ? message
      : message.replace(
          "must be an unsigned",
          "must be a name that begins with a letter, or an unsigned",
        ),
  );
}

function problem(what: string, id: unknown): string[] {
  try {
    parseNonZeroId(what, id);
    return [];
  } catch (error) {
    return [messageOf(error).replace(/^Option /, "")];
  }
}
