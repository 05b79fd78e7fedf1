import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

/** The version of a package as programs of the folder find it. */
export function versionOf(folder: string, name: string): string | undefined {
  const paths = createRequire(join(folder, "package.json")).resolve.paths(name) ?? [];
  for (const path of paths) {
    const version = versionAt(join(path, name));
    if (version !== undefined) return version;
  }
  return undefined;
}

/** The version of the package in a folder; undefined if there is no package. */
export function versionAt(folder: string): string | undefined {
  try {
    const text = readFileSync(join(folder, "package.json"), "utf8");
    return String((JSON.parse(text) as { version?: unknown }).version);
  } catch {
    return undefined;
  }
}
