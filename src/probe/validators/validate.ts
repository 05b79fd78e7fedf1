import { InvalidOptionError, messageOf } from "../../shared/errors.ts";
import { untilAborted } from "../../shared/timeout.ts";
import type { Observation, ProbeContext, Validation, Validator } from "../contract.ts";
import { ProbeError } from "../errors.ts";

/** Reasons contain parts of answers, so they are cut. */
const MAX_REASON_LENGTH = 500;

/**
 * The result of each validator, in their order. A validator fails if it throws or does not end in time.
 */
export async function validateAll(
  validators: readonly Validator[],
  observation: Observation,
  context: ProbeContext,
): Promise<Validation[]> {
  const validations: Validation[] = [];
  for (const validator of validators) {
    validations.push(await validateOne(validator, observation, context));
  }
  return validations;
}

/** The error for the failed validators; undefined if none failed. */
export function failedValidation(
  validations: readonly Validation[] | undefined,
): ProbeError | undefined {
  const failed = validations?.filter(({ passed }) => !passed) ?? [];
  if (failed.length === 0) return undefined;
  const reasons = failed.map(({ name, reason }) => `${name}: ${reason ?? "failed"}`);
  return new ProbeError("validation_failed", reasons.join("; "));
}

/**
 * The validators of a probe.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` for an invalid validator, or if two share a name
 */
export function validatorsOption(option: string, value: unknown): readonly Validator[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new InvalidOptionError(option, "an array of validators", value);
  const names = new Set<string>();
  for (const [index, validator] of (value as Partial<Validator>[]).entries()) {
    if (typeof validator?.name !== "string" || typeof validator.validate !== "function") {
      const expected = "a validator: an object with a name and a method validate()";
      throw new InvalidOptionError(`${option}[${index}]`, expected, validator);
    }
    if (names.has(validator.name)) {
      const expected = "a name that no other validator of the probe has";
      throw new InvalidOptionError(`${option}[${index}].name`, expected, validator.name);
    }
    names.add(validator.name);
  }
  return [...(value as Validator[])];
}

async function validateOne(
  validator: Validator,
  observation: Observation,
  context: ProbeContext,
): Promise<Validation> {
  const { name } = validator;
  let reason: string | undefined = "did not end in time";
  const judged = judge(validator, observation, context).then((said) => (reason = said));
  await untilAborted(judged, context.signal);
  return reason === undefined
    ? { name, passed: true }
    : { name, passed: false, reason: reason.slice(0, MAX_REASON_LENGTH) };
}

/** Why the validator rejects the answer; undefined if it passes. Never rejects. */
async function judge(
  validator: Validator,
  observation: Observation,
  context: ProbeContext,
): Promise<string | undefined> {
  try {
    const said: unknown = await validator.validate(observation, context);
    if (said === undefined) return undefined;
    return typeof said === "string" ? said || "failed" : "returned neither a text nor undefined";
  } catch (error) {
    return `threw: ${messageOf(error)}`;
  }
}
