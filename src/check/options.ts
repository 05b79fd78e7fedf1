import { integerOption, numberOption, optionsObject } from "../shared/options.ts";
import type { EvaluationSpec } from "./evaluate.ts";

/** What it takes for the status of a check to change. */
export interface EvaluationOptions {
  /** Runs in a row that must not fail before a check that is down is up. @default 1 */
  readonly rise?: number;
  /** Runs in a row that must fail before it is down. @default 1, or no such rule beside another */
  readonly fall?: number;
  /** Down when `failures` of the last `size` runs failed. @default no such rule */
  readonly window?: { readonly failures: number; readonly size: number };
  /** Down when every run has failed for this long, in milliseconds. @default no such rule */
  readonly maxErrorMs?: number;
}

/** The names of the options. */
export const EVALUATION_KEYS = ["rise", "fall", "window", "maxErrorMs"] as const;

const YEAR_MS = 31_536_000_000;

/**
 * The rules that options come to.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` names the option
 */
export function evaluationSpec(given: EvaluationOptions): EvaluationSpec {
  const count = (key: "rise" | "fall", value: unknown, byDefault: number): number =>
    value === undefined
      ? byDefault
      : integerOption(key, value, { min: 1, max: 1_000, default: byDefault });
  const { window, maxErrorMs } = given;
  const otherRule = window !== undefined || maxErrorMs !== undefined;
  return {
    rise: count("rise", given.rise, 1),
    fall: count("fall", given.fall, otherRule ? Infinity : 1),
    ...(window !== undefined && { window: windowOf(window) }),
    ...(maxErrorMs !== undefined && {
      maxErrorMs: numberOption("maxErrorMs", maxErrorMs, { min: 0, max: YEAR_MS, default: 0 }),
    }),
  };
}

function windowOf(
  value: NonNullable<EvaluationOptions["window"]>,
): NonNullable<EvaluationSpec["window"]> {
  const given = optionsObject("window", value, ["failures", "size"]);
  const size = integerOption("window.size", given.size, { min: 1, max: 1_000, default: 1 });
  return {
    size,
    failures: integerOption("window.failures", given.failures, {
      min: 1,
      max: size,
      default: size,
    }),
  };
}
