import { formatId } from "../identity/id.ts";
import { InvalidOptionError } from "../shared/errors.ts";
import type { Finding } from "./rules/rule.ts";
import { InvalidSpecError } from "./spec-errors.ts";
import type { MetricSpec } from "./spec.ts";

/** Returns the exported name of a metric. It must be pure and give distinct specs distinct names. */
export type Naming = (spec: MetricSpec) => string;

/** Exports metrics under the names of their specs. */
export const otelNaming: Naming = (spec) => spec.name;

/**
 * Names metrics as OysterPack does: `prefix_service_metric`, with both ids in hex, lower-case and unpadded.
 * OpenTelemetry's Prometheus exporter adds `_total` to counters, which OysterPack does not. A spec without
 * ids of its own is refused when it is registered, because its exported name would change with its names.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` for a prefix that is not legal
 */
export function hexNaming(prefix = "op"): Naming {
  if (typeof prefix !== "string" || !/^[A-Za-z][A-Za-z0-9_]{0,60}$/.test(prefix)) {
    throw new InvalidOptionError(
      "hexNaming.prefix",
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
    message: `it${where} needs ${missing}, because hexNaming builds its name from ids; "npx taskmon id" prints new ones`,
  };
}

/** Whether the naming comes from {@link hexNaming}. */
export function isHexNaming(naming: Naming): boolean {
  return hexNamings.has(naming);
}

const hexNamings = new WeakSet<Naming>();
