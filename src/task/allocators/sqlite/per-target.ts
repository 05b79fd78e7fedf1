import { join } from "node:path";
import type { Environment } from "../../../shared/environment.ts";
import type { StoreFiles } from "./allocator.ts";
import { stateFileName, stateFolder } from "./state-folder.ts";

/** The default files: one per target, in the folder that the environment names. */
export function perTarget(env: Environment): StoreFiles {
  const folder = stateFolder(env);
  return {
    of: (target, key) => ({ path: join(folder.path, stateFileName(target, key)), folder }),
    all: () => databasesIn(folder.path).map((name) => ({ path: join(folder.path, name), folder })),
  };
}

function databasesIn(folder: string): string[] {
  try {
    return process
      .getBuiltinModule("node:fs")
      .readdirSync(folder)
      .filter((name) => name.endsWith(".sqlite"));
  } catch {
    // No process has asked for a number yet.
    return [];
  }
}
