import { integerOption, numberOption, optionsObject } from "../shared/options.ts";
import type { EvaluationSpec } from "./evaluate.ts";

/** The rules for when the status of a check changes. */
export interface EvaluationOptions {
  /** How many runs in a row must not fail before a check that is down is up again. @default 1 */
  readonly rise?: number;
  /** How many runs in a row must fail before it is down. @default 1, or no such rule if there is another rule */
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
 * The rules from the options.
 * @param path names the options in errors
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` names the option
 */
export function evaluationSpec(path: string, given: EvaluationOptions): EvaluationSpec {
  const count = (key: "rise" | "fall", value: unknown, byDefault: number): number =>
    value === undefined
      ? byDefault
      : integerOption(`${path}.${key}`, value, { min: 1, max: 1_000, default: byDefault });
  const { window, maxErrorMs } = given;
  const otherRule = window !== undefined || maxErrorMs !== undefined;
  return {
    rise: count("rise", given.rise, 1),
    fall: count("fall", given.fall, otherRule ? Infinity : 1),
    ...(window !== undefined && { window: windowOf(`${path}.window`, window) }),
    ...(maxErrorMs !== undefined && {
      maxErrorMs: numberOption(`${path}.maxErrorMs`, maxErrorMs, {
        ...{ min: 0, max: YEAR_MS, default: 0 },
      }),
    }),
  };
}

function windowOf(
  option: string,
  value: NonNullable<EvaluationOptions["window"]>,
): NonNullable<EvaluationSpec["window"]> {
  const given = optionsObject(option, value, ["failures", "size"]);
  const size = integerOption(`${option}.size`, given.size, { min: 1, max: 1_000, default: 1 });
  return {
    size,
    failures: integerOption(`${option}.failures`, given.failures, {
      min: 1,
      max: size,
      default: size,
    }),
  };
}
