import { formatPlace } from "../files/problem.ts";
import { type FileSection, Firsts } from "../files/section.ts";
import type { SpecFile } from "../files/spec-file.ts";
import type { SettingsInput } from "./settings.ts";

/** The settings in spec files; only one file may have some. */
export class SettingsSection implements FileSection<SettingsInput> {
  readonly #settings = new Firsts<SettingsInput>();

  read(file: SpecFile): void {
    if (!("settings" in file.fields)) return;
    const place = file.keyPlace("/settings");
    // Valid if the schema reported nothing.
    const settings = file.fields["settings"] as SettingsInput;
    const first = this.#settings.add("settings", settings, place);
    if (first === undefined) return;
    file.say(place, `settings are already given at ${formatPlace(first.place)}`);
  }

  result(): SettingsInput {
    return this.#settings.values()[0] ?? Object.freeze({});
  }
}
