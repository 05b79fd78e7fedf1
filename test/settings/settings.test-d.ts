import { expectTypeOf, it } from "vitest";
import type { LoadedSpecs } from "../../src/spec-files/index.ts";
import type { Settings, SettingsInput } from "../../src/settings/index.ts";

it("has in a file the settings that the code has", () => {
  expectTypeOf<LoadedSpecs["settings"]>().toEqualTypeOf<SettingsInput>();
});

it("takes settings in effect for settings to give", () => {
  expectTypeOf<Settings>().toExtend<SettingsInput>();
  expectTypeOf<{ enabled: string }>().not.toExtend<SettingsInput>();
});
