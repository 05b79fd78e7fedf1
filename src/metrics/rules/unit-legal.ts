import { describe } from "../../shared/errors.ts";
import type { Rule } from "./rule.ts";

/** Printable ASCII without spaces, at most 63 characters, is legal in both OpenTelemetry and UCUM. */
const UNIT = /^[\x21-\x7e]{1,63}$/;

/** The unit looks like a UCUM code. */
export const unitLegal: Rule = {
  code: "unit-legal",
  check({ unit }) {
    if (unit === undefined) return [];
    if (typeof unit !== "string" || !UNIT.test(unit) || !hasPairedBrackets(unit)) {
      return [`unit must be a UCUM code such as s, By, 1 or {order}, got ${describe(unit)}`];
    }
    return [];
  },
};

function hasPairedBrackets(unit: string): boolean {
  return (
    /^[^{}]*(?:\{[^{}]*\}[^{}]*)*$/.test(unit) && /^[^[\]]*(?:\[[^[\]]*\][^[\]]*)*$/.test(unit)
  );
}
