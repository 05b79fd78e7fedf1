import { type Fields, fieldsOf } from "./fields.ts";
import type { Place, SpecProblem } from "./problem.ts";
import { type SchemaFault, schemaFaults } from "./schema.ts";
import type { Source } from "./source.ts";

/** A file whose text was read, as the sections of features see it. */
export class SpecFile {
  /** The keys of the file's root. Anything may be wrong with their values that the schema says. */
  readonly fields: Fields;
  /** What is wrong with the file: what the schema says, then what sections say. */
  readonly problems: SpecProblem[] = [];
  readonly #source: Source;
  readonly #faults: ReadonlyMap<string, readonly SchemaFault[]>;

  constructor(source: Source) {
    this.#source = source;
    this.fields = fieldsOf(source.value);
    const faults = schemaFaults(source.value);
    // A file may have very many faults, and very many items.
    this.#faults = Map.groupBy(faults, ({ pointer }) => ITEM.exec(pointer)?.[0] ?? "");
    for (const { pointer, atKey, message } of faults) {
      this.say(atKey ? this.keyPlace(pointer) : this.place(pointer), message);
    }
  }

  /** What the schema says against the item of a list at this pointer. */
  faultsIn(pointer: string): readonly SchemaFault[] {
    return this.#faults.get(pointer) ?? [];
  }

  /** The place of the part at a JSON pointer, or of the smallest part around it that is there. */
  place(pointer: string): Place {
    return this.#source.place(pointer);
  }

  /** Like {@link place}: of the key whose value is at the pointer, where it has one. */
  keyPlace(pointer: string): Place {
    return this.#source.keyPlace(pointer);
  }

  /** Says that something is wrong with the file. @param rule the code of the rule that is broken */
  say(place: Place, message: string, rule?: string): void {
    this.problems.push({ ...place, message, ...(rule !== undefined && { rule }) });
  }
}

/** The pointer of an item: the list is the root's, or that of an object of the root. */
const ITEM = /^(?:\/[^/]+){1,2}?\/\d+(?=\/|$)/;
