import { join } from "node:path";
import { expect, it } from "vitest";
import { runOk } from "../setup/run.ts";

const root = join(import.meta.dirname, "../..");

/** Which of the libraries that read spec files are loaded once `module` of src is imported. */
async function loadedBy(module: string): Promise<string[]> {
  const script = `
    await import(${JSON.stringify(join(root, "src", module))});
    const { createRequire } = await import("node:module");
    const { cache } = createRequire(${JSON.stringify(join(root, "package.json"))});
    const found = Object.keys(cache).map((path) => /node_modules\\/(yaml|ajv)\\//.exec(path)?.[1]);
    console.log(JSON.stringify([...new Set(found)].filter(Boolean).sort()));
  `;
  const args = ["--conditions=@taskmon/source", "--input-type=module", "-e", script];
  const { stdout } = await runOk(process.execPath, args, { cwd: root });
  return JSON.parse(stdout) as string[];
}

it("loads the YAML parser and the schema validator", async () => {
  expect(await loadedBy("spec-files/index.ts")).toEqual(["ajv", "yaml"]);
});

it.each([
  "index.ts",
  "settings/index.ts",
  "metrics/index.ts",
  "health/index.ts",
  "cli/run.ts",
  "scrape/index.ts",
])("does not load them with %s", async (module) => {
  expect(await loadedBy(module)).toEqual([]);
});
