import { formatId } from "../identity/id.ts";
import { InvalidOptionError } from "../shared/errors.ts";
import type { Finding } from "./rules/rule.ts";
import { InvalidSpecError } from "./spec-errors.ts";
import type { MetricSpec } from "./spec.ts";

/** Gives a metric the name under which it is exported. Pure; distinct specs get distinct names. */
export type Naming = (spec: MetricSpec) => string;

/** Metrics are exported under their specs' names. */
export const otelNaming: Naming = (spec) => spec.name;

/**
 * The original's convention: `prefix_service_metric`, both ids in hex, lower-case and unpadded. The
 * Prometheus exporter adds `_total` to counters, which the original did not have. A spec whose ids follow
 * from its names is refused when it is registered, since its exported name would change with them.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` for a prefix that begins no metric's name
 */
export function hexNaming(prefix = "op"): Naming {
  if (typeof prefix !== "string" || !/^[A-Za-z][A-Za-z0-9_]{0,60}$/.test(prefix)) {
    throw new InvalidOptionError(
      "hexNaming prefix",
      "a letter, then letters, digits and _",
      prefix,
    );
  }
  const naming: Naming = (spec) => {
    if (spec.derivedIds.length > 0) throw new InvalidSpecError(spec.name, [idsNeeded(spec)]);
    return `${prefix}_${formatId(spec.service.id)}_${formatId(spec.id)}`;
  };
  hexNamings.add(naming);
  return naming;
}

function idsNeeded({ derivedIds, definedAt }: MetricSpec): Finding {
  const missing = derivedIds
    .map((part) => (part === "service" ? "service.id" : part))
    .join(" and ");
  const where = definedAt === undefined ? "" : `, declared at ${definedAt},`;
  return {
    rule: "hex-naming-ids",
    message: `it${where} must say ${missing}, because hexNaming makes its name of ids; "npx taskmon id" prints fresh ones`,
  };
}

/** Whether the naming is the original's. */
export function isHexNaming(naming: Naming): boolean {
  return hexNamings.has(naming);
}

const hexNamings = new WeakSet<Naming>();
