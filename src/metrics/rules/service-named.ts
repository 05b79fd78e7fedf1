import { describe } from "../../shared/errors.ts";
import { derivedServiceId } from "../derived-ids.ts";
import type { Rule } from "./rule.ts";

/** A text that begins with a letter is a name; one that begins with a digit, an id. */
const NAME = /^[A-Za-z][\x21-\x7e]{0,254}$/;

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

/** The id of a service, as it is given or as it follows from the name. */
export function serviceIdOf(service: unknown): unknown {
  const { id, name } = partsOf(service);
  return id === undefined && typeof name === "string" ? derivedServiceId(name) : id;
}

/** What is given of a service: its id, its name, or both. */
export function partsOf(service: unknown): { readonly id?: unknown; readonly name?: unknown } {
  if (typeof service === "object" && service !== null) return service;
  return typeof service === "string" && NAME.test(service) ? { name: service } : { id: service };
}
