import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join, sep } from "node:path";
import { expect, it } from "vitest";
import { decidingFolders } from "../../src/spec-files/folders.ts";
import { ConfigMapVolume, folder } from "../settings/files.ts";

/** What decides, by folder, with the test's own folder called `.`; the folders around that left out. */
async function deciding(place: string, path: string): Promise<Record<string, string[]>> {
  const folders = await decidingFolders(join(place, path));
  return Object.fromEntries(
    [...folders]
      .filter(([name]) => `${name}${sep}`.startsWith(`${place}${sep}`))
      .map(([name, entries]) => [`.${name.slice(place.length)}`, [...entries]]),
  );
}

it("finds the folder of a file", async () => {
  const place = folder();
  writeFileSync(join(place, "a.yaml"), "");
  expect(await deciding(place, "a.yaml")).toEqual({ ".": ["a.yaml"] });
});

it("finds the folders of a file in a ConfigMap's volume", async () => {
  const place = folder();
  const volume = new ConfigMapVolume(place, { "a.yaml": "" });
  expect(volume.folder).toBe(join(place, "config"));
  expect(await deciding(place, "config/a.yaml")).toEqual({
    "./config": ["a.yaml", "..data"],
    "./config/..2026_01_01_00_00_01.123456789": ["a.yaml"],
  });
});

it("follows links up, down and from the root", async () => {
  const place = folder();
  for (const name of ["a", "b", "c"]) mkdirSync(join(place, name));
  symlinkSync("../b", join(place, "a", "up"));
  symlinkSync(join(place, "c"), join(place, "b", "root"));
  symlinkSync("./../c/file.yaml", join(place, "c", "link.yaml"));
  writeFileSync(join(place, "c", "file.yaml"), "");
  expect(await deciding(place, "a/up/root/link.yaml")).toEqual({
    "./a": ["up"],
    "./b": ["root"],
    "./c": ["link.yaml", "file.yaml"],
  });
});

it("ends at what is missing, and where it would appear", async () => {
  const place = folder();
  symlinkSync("later/deep/a.yaml", join(place, "a.yaml"));
  expect(await deciding(place, "a.yaml")).toEqual({ ".": ["a.yaml", "later"] });
  mkdirSync(join(place, "later"));
  expect(await deciding(place, "a.yaml")).toEqual({ ".": ["a.yaml"], "./later": ["deep"] });
});

it("gives up on links in a circle", async () => {
  const place = folder();
  symlinkSync("b", join(place, "a"));
  symlinkSync("a", join(place, "b"));
  expect(await deciding(place, "a")).toEqual({ ".": ["a", "b"] });
});
