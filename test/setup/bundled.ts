import { createHash } from "node:crypto";
import { existsSync, renameSync } from "node:fs";
import { basename, join } from "node:path";
import { rolldown } from "rolldown";
import { inject } from "vitest";
import { withoutFiles } from "../../scripts/build-modules.ts";

const root = join(import.meta.dirname, "../..");
const made = new Map<string, Promise<string>>();

/**
 * The path of a program's bundle: one JavaScript file with all that the program imports, packages too. A process
 * loads it in a third of the time that hundreds of sources take. It is made once in a test run, by the
 * first test that asks. A program that patches modules as they are loaded cannot be bundled.
 * @param program the path of a TypeScript file
 */
export function bundled(program: string): Promise<string> {
  const known = made.get(program) ?? bundle(program);
  made.set(program, known);
  return known;
}

async function bundle(program: string): Promise<string> {
  const hash = createHash("sha256").update(program).digest("hex").slice(0, 8);
  const name = `${basename(program, ".ts")}-${hash}`;
  const file = join(inject("testRun").folder, "bundles", `${name}.mjs`);
  if (existsSync(file)) return file;

  await using build = await rolldown({
    ...{ input: program, cwd: root, platform: "node", logLevel: "silent" },
    resolve: { conditionNames: ["@taskmon/source", "node", "import", "require", "default"] },
    plugins: [await withoutFiles(root)],
  });
  // Another worker may make the same at this moment; nobody sees half of either.
  const half = join(inject("testRun").folder, "bundles", `${name}-${process.pid}.mjs`);
  await build.write({ file: half, format: "esm", codeSplitting: false, comments: false });
  renameSync(half, file);
  return file;
}
