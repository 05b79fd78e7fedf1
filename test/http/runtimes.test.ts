import { cpSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, inject, it } from "vitest";
import { writeModules } from "../../scripts/build-modules.ts";
import { runOk } from "../setup/run.ts";

const root = join(import.meta.dirname, "../..");
const bin = (name: string): string => join(root, "node_modules/.bin", name);
let project: string;

/** The built package, as these runtimes get it. */
beforeAll(async () => {
  project = mkdtempSync(join(inject("testRun").folder, "runtimes-"));
  const modules = join(project, "node_modules");
  mkdirSync(join(modules, "taskmon"), { recursive: true });
  await writeModules(root, join(modules, "taskmon/dist"));
  cpSync(join(root, "package.json"), join(modules, "taskmon/package.json"));
  for (const name of ["@opentelemetry", "ajv", "yaml"])
    symlinkSync(join(root, "node_modules", name), join(modules, name));
  // Without one Deno looks for no installed packages.
  writeFileSync(join(project, "package.json"), '{ "type": "module" }');
  for (const name of ["service", "wrapped"])
    cpSync(join(import.meta.dirname, `runtime-${name}.mjs`), join(project, `${name}.mjs`));
});

it.each([
  { runtime: "node", flags: [], server: true, fetch: true, said: "" },
  {
    runtime: "bun",
    flags: [],
    server: false,
    fetch: false,
    said: "measuredHandler and measuredFetch",
  },
  {
    runtime: "deno",
    flags: ["run", "-A"],
    server: true,
    fetch: false,
    said: "Deno publishes no events of Deno.serve",
  },
])(
  "has a number from SQLite under $runtime, and says what is not measured there",
  async ({ runtime, flags, server, fetch, said }) => {
    const { stdout, stderr } = await runOk(bin(runtime), [...flags, "service.mjs"], {
      cwd: project,
      env: { SERVICE: runtime, TASKMON_STATE_DIR: join(project, "state") },
    });
    expect(JSON.parse(stdout)).toEqual({ number: 0, server, fetch });
    expect(stderr).toContain(said);
    if (said === "") expect(stderr).toBe("");
  },
  120_000,
);

it.each([
  { runtime: "bun", flags: [] },
  { runtime: "deno", flags: ["run", "-A"] },
])(
  "measures the server and the fetch of $runtime, wrapped, with routes and errors",
  async ({ runtime, flags }) => {
    const { stdout, stderr } = await runOk(bin(runtime), [...flags, "wrapped.mjs"], {
      cwd: project,
    });
    expect(JSON.parse(stdout)).toEqual({
      ...{ said: "hello", server: true, fetch: true },
      errors: ["connection_refused", "host_not_found"],
    });
    expect(stderr).toBe("");
  },
  120_000,
);
