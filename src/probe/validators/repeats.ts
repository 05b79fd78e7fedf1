import { InvalidOptionError } from "../../shared/errors.ts";
import type { Validator } from "../contract.ts";

/**
 * Passes bodies that repeat one text; the last repetition may be incomplete. Tests whether a network path damages
 * answers of any length.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function repeatsValidator(text: string): Validator {
  if (typeof text !== "string" || text === "") {
    throw new InvalidOptionError("repeatsValidator.text", "a text that is not empty", text);
  }
  const pattern = Buffer.from(text);
  return {
    name: "repeats",
    validate({ body }) {
      if (body === undefined || body.length === 0) return "there is no body";
      const at = body.findIndex((byte, index) => byte !== pattern[index % pattern.length]);
      return at === -1 ? undefined : `the body differs at byte ${at}`;
    },
  };
}
