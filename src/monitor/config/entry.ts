import type { Place } from "../../files/problem.ts";
import { InvalidOptionError, messageOf } from "../../shared/errors.ts";
import type { ServiceOptions } from "../options.ts";

/** A service that a file declares. */
export interface MonitorEntry {
  readonly name: string;
  readonly options: ServiceOptions;
  /** The declaration in the file, as text: if it is unchanged, so is the service. */
  readonly declaration: string;
  /** The position of the declaration in the file. */
  readonly place: Place;
}

/** Reports a problem with the part of a file at a JSON pointer. */
export type Say = (pointer: string, message: string) => void;

/**
 * Calls `make`. If it throws, reports the error at the position of the option that the error names, or else
 * at `pointer`.
 * @returns undefined after an error
 */
export function tryMake<T>(pointer: string, say: Say, make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    if (error instanceof InvalidOptionError) {
      // `monitors.wiki.graceMs`, or `exec.command`: the last part is the key in the file.
      const option = error.option.split(".").at(-1)!;
      const shown = error.option.startsWith("monitors.") ? option : error.option;
      const message = error.message.replace(`Option ${error.option} `, `${shown} `);
      say(`${pointer}/${option.replace(/\[(\d+)\]$/, "/$1")}`, message);
    } else {
      say(pointer, messageOf(error));
    }
    return undefined;
  }
}
