import { describe } from "../../shared/errors.ts";
import { derivedServiceId } from "../derived-ids.ts";
import type { Rule } from "./rule.ts";

/** A text that begins with a letter is a name. A text that begins with a digit is an id. */
const NAME = /^[A-Za-z][\x21-\x7e]{0,254}$/;

/** The name of a service, which is also the name of its Meter, is readable. */
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

/** Returns the id of a service, either given or derived from its name. */
export function serviceIdOf(service: unknown): unknown {
  const { id, name } = partsOf(service);
  return id === undefined && typeof name === "string" ? derivedServiceId(name) : id;
}

/** Returns the given id and name of a service, of which one may be missing. */
export function partsOf(service: unknown): { readonly id?: unknown; readonly name?: unknown } {
  if (typeof service === "object" && service !== null) return service;
  return typeof service === "string" && NAME.test(service) ? { name: service } : { id: service };
}
