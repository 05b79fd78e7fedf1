import { describe } from "../../shared/errors.ts";
import type { Rule } from "./rule.ts";

/** A histogram or distribution has bounds, each finite and larger than the one before; nothing else has any. */
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
      const before: unknown = buckets[index - 1];
      return typeof before === "number" && bound <= before
        ? [`buckets[${index}] must be larger than the bound before it, ${before}, got ${bound}`]
        : [];
    });
  },
};
