import { describe } from "../../shared/errors.ts";
import type { Rule } from "./rule.ts";

/** A histogram or distribution has finite and distinct bounds, in any order. Other kinds have none. */
export const bucketsOrdered: Rule = {
  code: "buckets-ordered",
  check({ kind, buckets }) {
    if (kind !== "histogram" && kind !== "distribution") {
      return buckets === undefined ? [] : [`${kind} metrics have no buckets; leave them out`];
    }
    if (!Array.isArray(buckets) || buckets.length === 0) {
      return [`buckets must be a list of at least one bound, got ${describe(buckets)}`];
    }
    return buckets.flatMap((bound: unknown, index) => {
      if (typeof bound !== "number" || !Number.isFinite(bound)) {
        return [`buckets[${index}] must be a finite number, got ${describe(bound)}`];
      }
      return buckets.indexOf(bound) < index
        ? [`buckets[${index}] must differ from the bounds before it, got ${bound} again`]
        : [];
    });
  },
};
