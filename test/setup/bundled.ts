import { createHash } from "node:crypto";
import { basename, join } from "node:path";
import { rolldown } from "rolldown";
import { inject } from "vitest";
import { withoutFiles } from "../../scripts/build-modules.ts";
import { oncePerRun } from "./once.ts";

const root = join(import.meta.dirname, "../..");

/**
 * The path of a program's bundle: one JavaScript file with all that the program imports, packages too. A process
 * loads it in a third of the time that hundreds of sources take. It is made once in a test run, by the
 * first test that asks. A program that patches modules as they are loaded cannot be bundled.
 * @param program the path of a TypeScript file
 */
export function bundled(program: string): Promise<string> {
  const hash = createHash("sha256").update(program).digest("hex").slice(0, 8);
  const name = `${basename(program, ".ts")}-${hash}`;
  return oncePerRun(name, async () => {
    const file = join(inject("testRun").folder, "bundles", `${name}.mjs`);
    await using build = await rolldown({
      ...{ input: program, cwd: root, platform: "node", logLevel: "silent" },
      resolve: { conditionNames: ["@taskmon/source", "node", "import", "require", "default"] },
      plugins: [await withoutFiles(root)],
    });
    await build.write({ file, format: "esm", codeSplitting: false, comments: false });
    return file;
  });
}
