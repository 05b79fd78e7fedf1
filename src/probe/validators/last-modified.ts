import { numberOption, optionsObject } from "../../shared/options.ts";
import type { Validator } from "../contract.ts";

/** Options of {@link lastModifiedValidator}. */
export interface LastModifiedValidatorOptions {
  /** The largest age of the answer, in milliseconds. */
  readonly maxAgeMs: number;
}

/**
 * Passes answers whose `Last-Modified` header is no older than `maxAgeMs`: for example to check that a job still
 * writes a file every hour.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function lastModifiedValidator(options: LastModifiedValidatorOptions): Validator {
  const given = optionsObject("lastModifiedValidator", options, ["maxAgeMs"]);
  const bounds = { min: 0, max: Number.MAX_SAFE_INTEGER, default: NaN };
  const maxAgeMs = numberOption("lastModifiedValidator.maxAgeMs", given.maxAgeMs ?? null, bounds);
  return {
    name: "last_modified",
    validate({ headers }, { clock }) {
      const value = headers?.["last-modified"];
      if (value === undefined) return "there is no header last-modified";
      const modifiedAt = Date.parse(value);
      if (Number.isNaN(modifiedAt)) return `${JSON.stringify(value)} is not a date`;
      const ageMs = clock.wallTime() - modifiedAt;
      if (ageMs <= maxAgeMs) return undefined;
      return `it was modified ${Math.round(ageMs / 1_000)} s ago, more than ${maxAgeMs / 1_000} s`;
    },
  };
}
