import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { packageFaults } from "./package-faults.ts";

// Everything that can be said of the project without running it: `npm run check`. Every step runs,
// one line each; a step that finds something prints it below its line.

const root = join(import.meta.dirname, "..");

/** A step's name, and what it has to say: `undefined` where all is well. */
type Step = readonly [name: string, run: () => string | undefined];

const steps: readonly Step[] = [
  // First, for the types of the examples: they import the package as their users do.
  ["build", () => script("build.ts")],
  ["types", () => node("typescript/bin/tsc", "-p", "tsconfig.json")],
  ["lint", () => node("oxlint/bin/oxlint", "--deny-warnings")],
  ["format", () => node("oxfmt/bin/oxfmt", "--check", ".")],
  ["metrics page", () => script("metrics-doc.ts", "--check")],
  ["reference pages", () => script("reference-docs.ts", "--check")],
  ["exports", () => packageFaults(root).join("\n") || undefined],
  ["publint", () => node("publint/src/cli.js", "--strict", "--pack", "npm")],
  ["attw", () => node("@arethetypeswrong/cli/dist/index.js", "--pack", ".", "--profile=esm-only")],
];

let failures = 0;
for (const [name, step] of steps) {
  const startedAt = performance.now();
  const trouble = step();
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  console.log(`${trouble === undefined ? "ok  " : "FAIL"} ${name} (${seconds} s)`);
  if (trouble !== undefined) {
    failures += 1;
    console.log(trouble);
  }
}
if (failures > 0) {
  console.error(`check: ${failures} of ${steps.length} steps found something`);
  process.exitCode = 1;
}

/** Runs the script of a development dependency. */
function node(script: string, ...args: string[]): string | undefined {
  return run(process.execPath, join(root, "node_modules", script), ...args);
}

/** Runs a script of ours on the sources. */
function script(name: string, ...args: string[]): string | undefined {
  return run(
    process.execPath,
    "--conditions=@taskmon/source",
    join(root, "scripts", name),
    ...args,
  );
}

/** Runs a program; its output is worth reading only where it fails. */
function run(program: string, ...args: string[]): string | undefined {
  const { status, error, stdout, stderr } = spawnSync(program, args, {
    cwd: root,
    encoding: "utf8",
  });
  if (status === 0) return undefined;
  return error?.message ?? `${stdout}${stderr}`.trimEnd();
}
