import { expectTypeOf, it } from "vitest";
import type { FileSettings, LoadedSpecs } from "../../src/metrics/files/index.ts";
import type { Settings, SettingsInput } from "../../src/settings/index.ts";

it("has in a file the settings that the code has", () => {
  expectTypeOf<Required<FileSettings>>().toEqualTypeOf<Required<SettingsInput>>();
  expectTypeOf<FileSettings>().toExtend<SettingsInput>();
  expectTypeOf<LoadedSpecs["settings"]>().toExtend<SettingsInput>();
});

it("takes settings in effect for settings to give", () => {
  expectTypeOf<Settings>().toExtend<SettingsInput>();
  expectTypeOf<{ enabled: string }>().not.toExtend<SettingsInput>();
});
