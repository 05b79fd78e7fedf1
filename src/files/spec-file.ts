import { type Fields, fieldsOf } from "./fields.ts";
import type { Place, SpecProblem } from "./problem.ts";
import { type SchemaFault, schemaFaults } from "./schema.ts";
import type { Source } from "./source.ts";

/** A file that was read, as the sections of the features see it. */
export class SpecFile {
  /** The keys of the file's root. Their values may still violate the schema. */
  readonly fields: Fields;
  /** The problems of the file: those of the schema first, then those of the sections. */
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

  /** The violations of the schema in the list item at this pointer. */
  faultsIn(pointer: string): readonly SchemaFault[] {
    return this.#faults.get(pointer) ?? [];
  }

  /** The place of the part at a JSON pointer, or of the smallest part around it that is there. */
  place(pointer: string): Place {
    return this.#source.place(pointer);
  }

  /** Like {@link place}, but the place of the key that leads to the pointer, if there is one. */
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
