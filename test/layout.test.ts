import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, inject, it } from "vitest";
import { arrows, type Part } from "../scripts/arrows.ts";

const root = join(import.meta.dirname, "..");

it("has arrows for every folder of src", () => {
  const folders = readdirSync(join(root, "src"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
  expect(Object.keys(arrows)).toEqual(expect.arrayContaining(folders));
});

it("draws no circle of arrows", () => {
  const reach = (part: Part, path: readonly Part[]): void => {
    expect(path).not.toContain(part);
    for (const next of arrows[part]) reach(next, [...path, part]);
  };
  for (const part of Object.keys(arrows) as Part[]) reach(part, []);
});

it("lets the linter refuse every import against the arrows, and no import along them", async () => {
  const parts = Object.keys(arrows) as Part[];
  const files = Object.fromEntries(
    parts.flatMap((part) => [
      [`src/${part}/part.ts`, parts.map((other) => `import "../${other}/part.ts";`)],
      [`src/${part}/deeper/file.ts`, parts.map((other) => `import "../../${other}/part.ts";`)],
    ]),
  );

  const refused = await refusedImports(files);

  for (const part of parts) {
    const forbidden = parts.filter((other) => other !== part && !arrows[part].includes(other));
    expect(refused[`src/${part}/part.ts`] ?? []).toEqual(
      forbidden.map((other) => `../${other}/part.ts`).toSorted(),
    );
    expect(refused[`src/${part}/deeper/file.ts`] ?? []).toEqual(
      forbidden.map((other) => `../../${other}/part.ts`).toSorted(),
    );
  }
});

it("lets the linter refuse packages, the wiring and the entry, from however deep", async () => {
  const allowed = ["node:fs", "node:fs/promises", "@opentelemetry/api", "./other.ts"];
  const forbidden = [
    "../index.ts",
    "../taskmon/taskmon.ts",
    "@opentelemetry/api/experimental",
    "@opentelemetry/sdk-metrics",
    "fs",
    "pg",
    "taskmon/task",
  ];

  const refused = await refusedImports({
    "src/task/file.ts": [...allowed, ...forbidden].map((name) => `import "${name}";`),
    "src/task/one/two/three/four/file.ts": ['import "../../../../../../index.ts";'],
    "src/taskmon/taskmon.ts": ['import "../task/file.ts";', 'import "pg";'],
    "src/index.ts": ['import "./taskmon/taskmon.ts";'],
  });

  expect(refused).toEqual({
    "src/task/file.ts": forbidden,
    "src/task/one/two/three/four/file.ts": ["../../../../../../index.ts"],
    "src/taskmon/taskmon.ts": ["pg"],
  });
});

/** Lints a tree of these files with this project's configuration. */
async function refusedImports(
  files: Readonly<Record<string, readonly string[]>>,
): Promise<Record<string, string[]>> {
  const folder = mkdtempSync(join(inject("testRun").folder, "layout-"));
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  for (const [file, lines] of Object.entries({
    "oxlint.config.ts": [`export { default } from "${join(root, "oxlint.config.ts")}";`],
    "tsconfig.json": [`{ "extends": "${join(root, "tsconfig.json")}" }`],
    ...files,
  })) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), lines.join("\n"));
  }
  const { diagnostics } = JSON.parse(await oxlint(folder)) as OxlintReport;
  const refused: Record<string, string[]> = {};
  for (const { code, filename, message } of diagnostics) {
    if (code !== "eslint(no-restricted-imports)") continue;
    const [, name] = /^'(.*?)'/.exec(message) ?? [];
    (refused[filename] ??= []).push(name ?? message);
  }
  for (const names of Object.values(refused)) names.sort();
  return refused;
}

interface OxlintReport {
  readonly diagnostics: { code: string; filename: string; message: string }[];
}

function oxlint(folder: string): Promise<string> {
  return new Promise((resolve) => {
    const bin = join(root, "node_modules/oxlint/bin/oxlint");
    // It ends with code 1 where it finds something.
    const options = { cwd: folder, maxBuffer: 64 * 1024 * 1024 };
    execFile(process.execPath, [bin, "-f", "json", "src"], options, (_error, stdout) => {
      resolve(stdout);
    });
  });
}
