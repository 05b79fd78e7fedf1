import type { Environment } from "../../shared/environment.ts";
import { choiceOption, integerOption, optionsObject } from "../../shared/options.ts";
import type { TaskNumAllocator } from "../allocator.ts";
import { NumberUnknownError } from "./errors.ts";
import { FixedAllocator } from "./fixed/fixed-allocator.ts";
import { fromVariable } from "./fixed/ordinal.ts";

/** Options of {@link staticAllocator}. */
export interface StaticAllocatorOptions {
  /** The task number, from 0. @default `TASKMON_TASK_NUMBER` of the environment */
  readonly number?: number;
  /**
   * Where the chosen number is unique: with `host`, the host is part of what identifies the streams.
   * @default "fleet"
   */
  readonly scope?: "fleet" | "host";
}

/**
 * Uses the number that an operator gave this process.
 *
 * A heartbeat costs nothing and cannot fail; there is no store. Nothing checks that no other process has
 * the number: two processes with the same number export the same streams and overwrite each other. A
 * process does not wait until the previous owner of its number has stopped exporting.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 * @throws NumberUnknownError `ERR_TASKMON_NUMBER_UNKNOWN`: neither the option nor the variable has a
 *   number
 */
export function staticAllocator(
  options?: StaticAllocatorOptions,
  env: Environment = process.env,
): TaskNumAllocator {
  const given = optionsObject("staticAllocator", options, ["number", "scope"]);
  const scope = choiceOption("staticAllocator.scope", given.scope, ["fleet", "host"]);
  const num =
    given.number === undefined
      ? fromVariable(env, "TASKMON_TASK_NUMBER")
      : integerOption("staticAllocator.number", given.number, {
          min: 0,
          max: Number.MAX_SAFE_INTEGER,
          default: 0,
        });
  if (typeof num === "string") throw new NumberUnknownError("staticAllocator", num);
  return new FixedAllocator("static", scope, num);
}
