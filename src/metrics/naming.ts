import { formatId } from "../identity/id.ts";
import { InvalidOptionError } from "../shared/errors.ts";
import type { MetricSpec } from "./spec.ts";

/** Gives a metric the name under which it is exported. Pure; distinct specs get distinct names. */
export type Naming = (spec: MetricSpec) => string;

/** Metrics are exported under their specs' names. */
export const otelNaming: Naming = (spec) => spec.name;

/**
 * The original's convention: `prefix_service_metric`, both ids in hex, lower-case and unpadded. The
 * Prometheus exporter adds `_total` to counters, which the original did not have.
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
  const naming: Naming = (spec) => `${prefix}_${formatId(spec.service.id)}_${formatId(spec.id)}`;
  hexNamings.add(naming);
  return naming;
}

/** Whether the naming is the original's. */
export function isHexNaming(naming: Naming): boolean {
  return hexNamings.has(naming);
}

const hexNamings = new WeakSet<Naming>();
