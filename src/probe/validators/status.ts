import { InvalidOptionError } from "../../shared/errors.ts";
import type { Validator } from "../contract.ts";

/** Status codes: one, all of a class (`2xx`), or a range (`200-204`). */
export type StatusRange = number | `${number}` | `${1 | 2 | 3 | 4 | 5}xx` | `${number}-${number}`;

/**
 * Passes the given status codes: `statusValidator("2xx", 304)`.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function statusValidator(...ranges: readonly StatusRange[]): Validator {
  if (ranges.length === 0) {
    throw new InvalidOptionError("statusValidator.status", "at least one status code", undefined);
  }
  const bounds = ranges.map((range) => boundsOf(range));
  return {
    name: "status",
    validate({ statusCode }) {
      if (statusCode === undefined) return "there is no status code";
      if (bounds.some(([low, high]) => statusCode >= low && statusCode <= high)) return undefined;
      return `got ${statusCode}, expected ${ranges.join(", ")}`;
    },
  };
}

function boundsOf(range: unknown): readonly [low: number, high: number] {
  const [, whole, low, high = low] =
    /^(?:([1-5])xx|([1-5]\d\d)(?:-([1-5]\d\d))?)$/i.exec(String(range)) ?? [];
  if (whole !== undefined) return [Number(whole) * 100, Number(whole) * 100 + 99];
  if (low === undefined || Number(low) > Number(high)) {
    throw new InvalidOptionError(
      "statusValidator.status",
      "a status code, a class (2xx) or a range",
      range,
    );
  }
  return [Number(low), Number(high)];
}
