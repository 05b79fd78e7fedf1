import { entriesOf, type Fields, fieldsOf } from "./entries.ts";
import { type HealthCheckSettings, healthChecksOf } from "./health-checks.ts";
import { formatPlace, type Place, type SpecProblem } from "./problem.ts";
import { type SchemaFault, schemaFaults } from "./schema.ts";
import { type FileSettings, settingsIn } from "./settings.ts";
import type { Source } from "./source.ts";
import { specOfEntry } from "./spec-entry.ts";
import { SpecSet } from "./spec-set.ts";

/** As in the original; zero means it too. */
export const DEFAULT_PORT = 4_444;

/** What a set of spec files says, gathered file by file with all that is wrong. */
export class Contents {
  readonly problems: SpecProblem[] = [];
  readonly set: SpecSet = new SpecSet();
  readonly ports: Firsts<number> = new Firsts();
  readonly checks: Firsts<HealthCheckSettings> = new Firsts();
  readonly settings: Firsts<FileSettings> = new Firsts();

  add(source: Source): void {
    for (const problem of source.problems) this.problems.push(problem);
    // Of a text that cannot be parsed there is nothing else to say.
    if (source.problems.length > 0) return;
    const faults = new Faults(schemaFaults(source.value));
    for (const { pointer, atKey, message } of faults.all) {
      this.#say(atKey ? source.keyPlace(pointer) : source.place(pointer), message);
    }
    const file = fieldsOf(source.value);
    this.#addMetrics(file, source, faults);
    this.#addPort(file, source);
    this.#addHealthChecks(file, source, faults);
    this.#addSettings(file, source);
  }

  #addMetrics(file: Fields, source: Source, faults: Faults): void {
    for (const entry of entriesOf(file)) {
      const { spec, problems } = specOfEntry(entry, source, faults.within(entry.pointer));
      for (const problem of problems) this.problems.push(problem);
      const conflict = spec && this.set.add(spec);
      if (conflict !== undefined) this.#say(source.place(entry.pointer), conflict);
    }
  }

  #addPort(file: Fields, source: Source): void {
    if (typeof file["httpPort"] !== "number") return;
    const port = file["httpPort"] || DEFAULT_PORT;
    const place = source.place("/httpPort");
    const first = this.ports.add("httpPort", port, place);
    if (first !== undefined && first.value !== port) {
      this.#say(
        place,
        `httpPort is ${first.value} at ${formatPlace(first.place)}; one set has one`,
      );
    }
  }

  #addHealthChecks(file: Fields, source: Source, faults: Faults): void {
    for (const { pointer, settings, problem } of healthChecksOf(file)) {
      if (faults.within(pointer).length > 0) continue;
      const place = source.place(pointer);
      if (settings === undefined) {
        this.#say(place, problem);
        continue;
      }
      const first = this.checks.add(settings.id.toString(), settings, place);
      if (first !== undefined) {
        this.#say(place, `the health check has settings at ${formatPlace(first.place)} already`);
      }
    }
  }

  #addSettings(file: Fields, source: Source): void {
    const settings = settingsIn(file);
    if (settings === undefined) return;
    const place = source.keyPlace("/settings");
    const first = this.settings.add("settings", settings, place);
    if (first !== undefined) {
      this.#say(place, `there are settings at ${formatPlace(first.place)} already`);
    }
  }

  #say(place: Place, message: string): void {
    this.problems.push({ ...place, message });
  }
}

/** The faults of a file by the item of a list that they are in: a file may have very many of both. */
class Faults {
  readonly all: readonly SchemaFault[];
  readonly #byItem: ReadonlyMap<string, readonly SchemaFault[]>;

  constructor(all: readonly SchemaFault[]) {
    this.all = all;
    this.#byItem = Map.groupBy(all, ({ pointer }) => ITEM.exec(pointer)?.[0] ?? "");
  }

  /** Those in the item at this pointer. */
  within(pointer: string): readonly SchemaFault[] {
    return this.#byItem.get(pointer) ?? [];
  }
}

/** The pointer of an item: the list is the root's, or that of an object of the root. */
const ITEM = /^(?:\/[^/]+){1,2}?\/\d+(?=\/|$)/;

/** Keeps the first value of each key, and its place. */
class Firsts<V> {
  readonly #firsts = new Map<string, { readonly value: V; readonly place: Place }>();

  /** @returns the one that was there already */
  add(
    key: string,
    value: V,
    place: Place,
  ): { readonly value: V; readonly place: Place } | undefined {
    const first = this.#firsts.get(key);
    if (first === undefined) this.#firsts.set(key, { value, place });
    return first;
  }

  values(): V[] {
    return [...this.#firsts.values()].map(({ value }) => value);
  }
}
