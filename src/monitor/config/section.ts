import { type Fields, fieldsOf, objectsIn } from "../../files/fields.ts";
import { formatPlace } from "../../files/problem.ts";
import { type FileSection, Firsts } from "../../files/section.ts";
import type { SpecFile } from "../../files/spec-file.ts";
import type { Probe } from "../../probe/contract.ts";
import { InvalidOptionError } from "../../shared/errors.ts";
import { type ServiceOptions, serviceSettings, triggerOf } from "../options.ts";
import { type Trigger, TRIGGER_SLOTS } from "../trigger.ts";
import { type MonitorEntry, type Say, tryMake } from "./entry.ts";
import { probeTypes } from "./probe-types.ts";
import type { TriggerTypes } from "./trigger-types.ts";

/** The services of the section `monitors`. Each name may occur once. */
export class MonitorsSection implements FileSection<readonly MonitorEntry[]> {
  readonly #types: TriggerTypes;
  readonly #entries = new Firsts<MonitorEntry>();

  constructor(types: TriggerTypes) {
    this.#types = types;
  }

  read(file: SpecFile): void {
    const say: Say = (pointer, message) => file.say(file.place(pointer), message);
    for (const [pointer, fields] of objectsIn(file.fields["monitors"], "/monitors")) {
      if (file.faultsIn(pointer).length > 0) continue;
      const place = file.place(pointer);
      const read = entryOf(fields, pointer, this.#types, say);
      if (read === undefined) continue;
      const entry = { ...read, place };
      const first = this.#entries.add(entry.name, entry, place);
      if (first === undefined) continue;
      file.say(
        place,
        `the service ${entry.name} is already declared at ${formatPlace(first.place)}`,
      );
    }
  }

  result(): readonly MonitorEntry[] {
    return Object.freeze(this.#entries.values());
  }
}

function entryOf(
  fields: Fields,
  pointer: string,
  types: TriggerTypes,
  say: Say,
): Omit<MonitorEntry, "place"> | undefined {
  let isRight = true;
  const sayAgainst: Say = (where, message) => {
    isRight = false;
    say(where, message);
  };
  const { name, probe, ...rest } = fields;
  const triggers = TRIGGER_SLOTS.flatMap((slot) => {
    if (rest[slot] === undefined) return [];
    return [[slot, readTrigger(rest[slot], `${pointer}/${slot}`, types, sayAgainst)] as const];
  });
  const options = {
    ...rest,
    ...Object.fromEntries(triggers),
    ...(probe !== undefined && { probe: readProbe(probe, `${pointer}/probe`, sayAgainst) }),
  } as unknown as ServiceOptions;
  if (!isRight) return undefined;
  const settings = tryMake(pointer, say, () => serviceSettings(String(name), options));
  return settings && { name: settings.name, options, declaration: JSON.stringify(fields) };
}

/** Makes the trigger that a file describes. Reports problems, and then returns undefined. */
export function readTrigger(
  value: unknown,
  pointer: string,
  types: TriggerTypes,
  say: Say,
): Trigger | undefined {
  const { type, ...options } = fieldsOf(value);
  const factory = typeof type === "string" ? types.get(type) : undefined;
  if (factory === undefined) {
    const known = types.names().join(", ");
    const problem = new InvalidOptionError("type", `a type of trigger: ${known}`, type);
    say(`${pointer}/type`, problem.message.replace(/^Option /, ""));
    return undefined;
  }
  // Each nested trigger reports its own problems, at its own position.
  let childFailed = false;
  const build = (key: string): Trigger => {
    const child = readTrigger(at(options, key), `${pointer}/${key}`, types, say);
    childFailed ||= child === undefined;
    return child ?? { trigger: () => {} };
  };
  const made = tryMake(pointer, say, () => triggerOf(type as string, factory(options, build)));
  return childFailed ? undefined : made;
}

function readProbe(value: unknown, pointer: string, say: Say): Probe | undefined {
  const { type, ...options } = fieldsOf(value);
  return tryMake(pointer, say, () => {
    const make = typeof type === "string" ? probeTypes[type] : undefined;
    if (make !== undefined) return make(options);
    throw new InvalidOptionError("type", `one of ${Object.keys(probeTypes).join(", ")}`, type);
  });
}

/** The value at a path of keys: `trigger`, `triggers/0`. */
function at(options: Fields, path: string): unknown {
  return path
    .split("/")
    .reduce<unknown>((value, key) => (value as Fields | undefined)?.[key], options);
}
