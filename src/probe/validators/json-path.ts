import { InvalidOptionError } from "../../shared/errors.ts";

/** The steps into a value: keys and indices. */
export type JsonPath = readonly (string | number)[];

const STEP = /(?:^|\.)([^.[\]"]+)|\[(\d{1,9})\]|\["((?:[^"\\]|\\.)*)"\]/y;

/**
 * Reads a path such as `items[0].id` or `["odd key"].id`.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function jsonPath(text: string): JsonPath {
  const expected = 'a path such as items[0].id or ["odd key"].id';
  if (typeof text !== "string" || text === "")
    throw new InvalidOptionError("jsonValidator.path", expected, text);
  const steps: (string | number)[] = [];
  STEP.lastIndex = 0;
  for (let at = 0; at < text.length; at = STEP.lastIndex) {
    const [, key, index, quoted] = STEP.exec(text) ?? [];
    if (key !== undefined) steps.push(key);
    else if (index !== undefined) steps.push(Number(index));
    else if (quoted !== undefined) steps.push(unquote(quoted, expected, text));
    else throw new InvalidOptionError("jsonValidator.path", expected, text);
  }
  return steps;
}

/** The value at a path; undefined if there is none. Reads only own properties. */
export function valueAt(value: unknown, path: JsonPath): unknown {
  let found = value;
  for (const step of path) {
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, step))
      return undefined;
    found = (found as Record<string | number, unknown>)[step];
  }
  return found;
}

function unquote(quoted: string, expected: string, text: string): string {
  try {
    return JSON.parse(`"${quoted}"`) as string;
  } catch {
    throw new InvalidOptionError("jsonValidator.path", expected, text);
  }
}
