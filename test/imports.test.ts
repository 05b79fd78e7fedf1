import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "..");
const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  exports: Record<string, unknown>;
};
const entries = Object.keys(exports)
  // The one that acts has tests of its own.
  .filter((name) => !name.endsWith(".json") && name !== "./register")
  .map((name) => name.replace(/^\./, "taskmon"));

/** What a process of its own had more of after an import. */
async function added(...imports: string[]): Promise<unknown> {
  const flags = ["--conditions=@taskmon/source", "--experimental-strip-types", "--no-warnings"];
  const program = join(import.meta.dirname, "setup", "import-in-process.ts");
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, program, ...imports]);
  return JSON.parse(stdout);
}

const nothing = { globals: [], listeners: [], resources: [], undici: false };

describe("importing", () => {
  it.each(entries)("%s leaves the process as it was", async (entry) => {
    expect(await added(entry)).toEqual(nothing);
  });

  it("is seen where it does load Node's undici and makes it the program's", async () => {
    expect(await added("node:http")).toMatchObject({
      globals: expect.arrayContaining([expect.stringContaining("undici.globalDispatcher")]),
      undici: true,
    });
  });
});
