import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, inject, it } from "vitest";
import { runOk } from "../setup/run.ts";

const root = join(import.meta.dirname, "../..");
const page = readFileSync(join(root, "docs/dev-mode.md"), "utf8");

/** The text of the code block after a mark. */
function block(mark: string): string {
  const [, after = ""] = page.split(`<!-- ${mark} -->`);
  return /^\s*```\w+\n([^]*?)\n```/.exec(after)?.[1] ?? "";
}

it("prints what the page shows, ends by itself and writes no file", async () => {
  const folder = mkdtempSync(join(inject("testRun").folder, "dev-mode-"));
  const program = block("sample-program")
    .replace('"taskmon"', `"${join(root, "src/index.ts")}"`)
    .replace('"taskmon/metrics"', `"${join(root, "src/metrics/index.ts")}"`);
  writeFileSync(join(folder, "program.ts"), program);

  const { stdout, stderr } = await runOk(process.execPath, ["program.ts"], {
    cwd: folder,
    env: { TASKMON_STATE_DIR: join(folder, "state") },
    timeoutMs: 20_000,
  });

  expect(stderr).toBe("");
  expect(stdout).toBe(`${block("sample-output")}\n`);
  expect(readdirSync(folder)).toEqual(["program.ts"]);
});
