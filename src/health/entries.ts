import { type IdInput, idOfText, parseNonZeroId } from "../identity/id.ts";
import { describe, messageOf } from "../shared/errors.ts";
import { textOption } from "../shared/options.ts";
import type { Entry } from "./entry.ts";
import { IllegalArgumentError } from "./errors.ts";

/** A reference to a check: its name, or its id as a bigint or as `0x` text (if no check has that name). */
export type CheckRef = string | bigint;

/** The registered checks, in the order of their registration. */
export class Entries {
  readonly #byName = new Map<string, Entry>();
  readonly #byId = new Map<bigint, Entry>();

  add(entry: Entry): void {
    this.#byName.set(entry.name, entry);
    this.#byId.set(entry.id, entry);
  }

  delete(entry: Entry): void {
    this.#byName.delete(entry.name);
    this.#byId.delete(entry.id);
  }

  all(): Entry[] {
    return [...this.#byName.values()];
  }

  /**
   * The check that `ref` names; undefined if there is none.
   * @throws IllegalArgumentError `ERR_TASKMON_ILLEGAL_ARGUMENT` for an id of zero, or an invalid
   *   reference
   */
  find(ref: CheckRef): Entry | undefined {
    if (typeof ref === "bigint") return this.#byId.get(argument(() => parseNonZeroId("id", ref)));
    if (typeof ref !== "string") {
      throw new IllegalArgumentError(
        `A reference to a check must be a text or a bigint, got ${describe(ref)}`,
      );
    }
    const named = this.#byName.get(ref);
    if (named !== undefined || !/^0x[0-9a-f]{1,16}$/i.test(ref)) return named;
    return this.#byId.get(argument(() => parseNonZeroId("id", ref)));
  }
}

/** @throws IllegalArgumentError `ERR_TASKMON_ILLEGAL_ARGUMENT` */
export function checkName(name: unknown): void {
  argument(() => textOption("name", name));
}

/** @throws IllegalArgumentError `ERR_TASKMON_ILLEGAL_ARGUMENT` */
export function checkFunction(check: unknown): void {
  if (typeof check !== "function") {
    throw new IllegalArgumentError(`A health check must be a function, got ${describe(check)}`);
  }
}

/**
 * The id of a check: the given one, else its own, else one derived from its name.
 * @throws IllegalArgumentError `ERR_TASKMON_ILLEGAL_ARGUMENT` for an id of zero, or an invalid id
 */
export function idOf(name: string, given: IdInput | undefined, known: bigint | undefined): bigint {
  if (given === undefined) return known ?? idOfText(name);
  return argument(() => parseNonZeroId("id", given));
}

function argument<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new IllegalArgumentError(messageOf(error), { cause: error });
  }
}
