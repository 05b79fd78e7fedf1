import { spawnSync } from "node:child_process";
import { globSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeModules } from "./build-modules.ts";
import { DECLARATION, entrySources, reachable } from "./module-graph.ts";

// Builds dist/ from src/: JavaScript, source maps that hold the sources, and declarations.

const root = join(import.meta.dirname, "..");
const dist = join(root, "dist");

rmSync(dist, { recursive: true, force: true });
await writeModules(root, dist);
const { status, error } = spawnSync(
  process.execPath,
  [
    ...[join(root, "node_modules/typescript/bin/tsc"), "-p", "tsconfig.build.json"],
    ...["--emitDeclarationOnly", "--sourceMap", "false", "--declarationMap", "false"],
  ],
  { cwd: root, stdio: "inherit" },
);
if (error !== undefined) throw error;
process.exitCode ||= status ?? 1;

// What no entry's types lead to is of no use to anyone.
const declarations = Object.keys(entrySources(root)).map((name) => join(dist, `${name}.d.ts`));
const used = declarations.reduce(
  (found, file) => reachable(file, found, DECLARATION),
  new Set<string>(),
);
for (const file of globSync("**/*.d.ts", { cwd: dist })) {
  const path = join(dist, file);
  if (used.has(path)) writeFileSync(path, withTabs(readFileSync(path, "utf8")));
  else rmSync(path);
}

/** The compiler indents with four spaces, which are a good part of what is installed. */
function withTabs(text: string): string {
  return text.replaceAll(/^(?: {4})+/gm, (spaces) => "\t".repeat(spaces.length / 4));
}
