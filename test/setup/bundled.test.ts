import { mkdtempSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, inject, it } from "vitest";
import { bundled } from "./bundled.ts";
import { runOk } from "./run.ts";

const root = join(import.meta.dirname, "../..");

/** A program of its own folder, which no package is near. */
function program(name: string, code: string): string {
  const file = join(mkdtempSync(join(inject("testRun").folder, "program-")), `${name}.ts`);
  writeFileSync(file, code);
  return file;
}

it("gives a program that runs with all that it imports, from anywhere", async () => {
  const source = program(
    "lists",
    `import { sqliteAllocator } from ${JSON.stringify(join(root, "src/index.ts"))};
    const allocator = sqliteAllocator({ file: process.argv[2]! as string });
    console.log((await allocator.list(undefined, { signal: new AbortController().signal })).length);
    await allocator.close();`,
  );
  const file = await bundled(source);
  const cwd = mkdtempSync(join(inject("testRun").folder, "anywhere-"));
  const { stdout } = await runOk(process.execPath, [file, join(cwd, "tasks.sqlite")], { cwd });
  expect(stdout).toBe("0\n");
});

it("makes the bundle of a program once, and one for each of the same name", async () => {
  const source = program("says", `console.log("one");`);
  const file = await bundled(source);
  const { ino } = statSync(file);
  expect(await Promise.all([bundled(source), bundled(source)])).toEqual([file, file]);
  expect(statSync(file).ino).toBe(ino);
  expect(await bundled(program("says", `console.log("two");`))).not.toBe(file);
});
