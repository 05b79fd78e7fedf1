import { numberOption, optionsObject } from "../../shared/options.ts";
import type { Validator } from "../contract.ts";

/** Options of {@link latencyValidator}. */
export interface LatencyValidatorOptions {
  /** The longest time that the target may take, in milliseconds. */
  readonly maxMs: number;
}

/**
 * Passes answers that came within `maxMs`.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function latencyValidator(options: LatencyValidatorOptions): Validator {
  const given = optionsObject("latencyValidator", options, ["maxMs"]);
  const bounds = { min: 0, max: Number.MAX_SAFE_INTEGER, default: NaN };
  const maxMs = numberOption("latencyValidator.maxMs", given.maxMs ?? null, bounds);
  return {
    name: "latency",
    validate({ latencyMs }) {
      return latencyMs <= maxMs
        ? undefined
        : `took ${Math.round(latencyMs)} ms, more than ${maxMs}`;
    },
  };
}
