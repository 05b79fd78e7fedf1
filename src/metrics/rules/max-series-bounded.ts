import { describe } from "../../shared/errors.ts";
import type { Rule } from "./rule.ts";

const MOST = 1_000_000;

/** The limit of series is a whole number in a sensible range. */
export const maxSeriesBounded: Rule = {
  code: "max-series-bounded",
  check: ({ maxSeries }) =>
    maxSeries === undefined ||
    (Number.isInteger(maxSeries) && (maxSeries as number) >= 1 && (maxSeries as number) <= MOST)
      ? []
      : [`maxSeries must be a whole number from 1 to ${MOST}, got ${describe(maxSeries)}`],
};
