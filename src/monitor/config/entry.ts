import type { Place } from "../../files/problem.ts";
import { InvalidOptionError, messageOf } from "../../shared/errors.ts";
import type { ServiceOptions } from "../options.ts";

/** A service that a file declares. */
export interface MonitorEntry {
  readonly name: string;
  readonly options: ServiceOptions;
  /** The declaration in the file, as text: if it is unchanged, so is the service. */
  readonly declaration: string;
  /** Where the file says it. */
  readonly place: Place;
}

/** Says that something is wrong with the part of a file at a JSON pointer. */
export type Say = (pointer: string, message: string) => void;

/**
 * Calls `make`, and reports a problem with the part of the file at `pointer`, at the place of the option if
 * the file has it.
 * @returns undefined if there is a problem
 */
export function tryMake<T>(pointer: string, say: Say, make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    // The option is named after the function that it was passed to: `exec.command`.
    const option = error instanceof InvalidOptionError ? error.option.split(".").at(-1)! : "";
    const key = option.replace(/\[(\d+)\]$/, "/$1");
    say(key === "" ? pointer : `${pointer}/${key}`, messageOf(error).replace(/^Option /, ""));
    return undefined;
  }
}
