import { describe } from "../../shared/errors.ts";
import type { Rule } from "./rule.ts";

/** A service that is given with a name, which becomes its Meter's, has one that can be read. */
export const serviceNamed: Rule = {
  code: "service-named",
  check({ service }) {
    if (typeof service !== "object" || service === null) return [];
    const name: unknown = "name" in service ? service.name : undefined;
    return typeof name === "string" && /^[\x21-\x7e]{1,255}$/.test(name)
      ? []
      : [`service.name must be a text of letters, digits and signs, got ${describe(name)}`];
  },
};

/** The id of a service that is given by its id, or by id and name. */
export function serviceIdOf(service: unknown): unknown {
  return typeof service === "object" && service !== null && "id" in service ? service.id : service;
}
