import { spawnSync } from "node:child_process";
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";

// Builds dist/ from src/: JavaScript modules, declarations, and source maps that lead to src/.

const root = join(import.meta.dirname, "..");

rmSync(join(root, "dist"), { recursive: true, force: true });
// What people read is in the declarations and the sources; what runs is loaded faster without.
tsc(
  ...["--removeComments", "--declaration", "false"],
  ...["--declarationMap", "false", "--isolatedDeclarations", "false"],
);
tsc("--emitDeclarationOnly", "--sourceMap", "false");
// The files of the status page, which browsers read as they are.
cpSync(join(root, "src/admin/assets"), join(root, "dist/admin/assets"), { recursive: true });

function tsc(...options: readonly string[]): void {
  const { status, error } = spawnSync(
    process.execPath,
    [join(root, "node_modules/typescript/bin/tsc"), "-p", "tsconfig.build.json", ...options],
    { cwd: root, stdio: "inherit" },
  );
  if (error !== undefined) throw error;
  process.exitCode ||= status ?? 1;
}
