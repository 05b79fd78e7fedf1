import { mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, inject, it } from "vitest";
import { closingLine } from "../../scripts/closing-line-reporter.ts";
import { run } from "../setup/run.ts";

const root = join(import.meta.dirname, "../..");

it("names the skipped tests only where there are some", () => {
  expect(closingLine({ passed: 41, failed: 0, skipped: 0 })).toBe("41 passed, 0 failed");
  expect(closingLine({ passed: 1, failed: 2, skipped: 3 })).toBe("1 passed, 2 failed, 3 skipped");
});

it("closes a good run with its figures, and nothing after them", async () => {
  const { code, stdout } = await vitestRun({
    "good.test.ts": `it("a", () => {}); it("b", () => {});`,
  });
  expect(code).toBe(0);
  expect(stdout).toMatch(/Tests[^]*\n2 passed, 0 failed\n$/);
});

it("counts failed and skipped tests", async () => {
  const { code, stdout } = await vitestRun({
    "mixed.test.ts": `
      it("good", () => {});
      it("bad", () => { throw new Error("no"); });
      it.skip("skipped", () => {});
      it.todo("to do");
    `,
  });
  expect(code).toBe(1);
  expect(stdout).toMatch(/\n1 passed, 1 failed, 2 skipped\n$/);
});

it.each([
  ["a file that cannot be loaded", `it("good", () => {}); throw new Error("no");`, 1],
  ["a hook that fails after its tests", `it("good", () => {}); afterAll(() => { throw 1; });`, 1],
  [
    "an error that no test caught",
    `it("good", async () => { void Promise.reject(1); await new Promise((r) => setTimeout(r, 50)); });`,
    1,
  ],
  ["a process that dies", `it("bad", () => process.kill(process.pid, "SIGKILL"));`, 2],
])("counts %s as failed", async (_what, code, failed) => {
  const outcome = await vitestRun({
    "bad.test.ts": code,
    "other.test.ts": `it("fine", () => {});`,
  });
  expect(outcome.code).toBe(1);
  expect(outcome.stdout).toMatch(/\n[12] passed, \d+ failed\n$/);
  expect(Number(/, (\d+) failed\n$/.exec(outcome.stdout)?.[1])).toBeGreaterThanOrEqual(1);
  expect(Number(/, (\d+) failed\n$/.exec(outcome.stdout)?.[1])).toBeLessThanOrEqual(failed);
});

it("counts the tests of all projects in one line", async () => {
  const { code, stdout } = await vitestRun(
    {
      "one.test.ts": `it("a", () => {});`,
      "two.test.ts": `it("b", () => {}); it.skip("c", () => {});`,
    },
    `projects: [
      { test: { name: "one", include: ["one.test.ts"] } },
      { test: { name: "two", include: ["two.test.ts"], isolate: false } },
    ],`,
  );
  expect(code).toBe(0);
  expect(stdout.match(/^\d+ passed.*$/gm)).toEqual(["2 passed, 0 failed, 1 skipped"]);
  expect(stdout).toMatch(/\n2 passed, 0 failed, 1 skipped\n$/);
});

it("never says 0 failed beside another exit code than 0", async () => {
  const nothing = await vitestRun({});
  expect(nothing.code).toBe(1);
  expect(nothing.stdout).toMatch(/\n0 passed, 1 failed\n$/);

  const badEnd = await vitestRun(
    {
      "good.test.ts": `it("good", () => {});`,
      "setup.ts": `export default () => () => { throw new Error("cannot clean up"); };`,
    },
    `globalSetup: ["setup.ts"],`,
  );
  expect(badEnd.code).toBe(1);
  expect(badEnd.stdout).toMatch(/\n1 passed, 1 failed\n$/);
});

/** Runs vitest with our reporter over test files of these texts. */
function vitestRun(files: Readonly<Record<string, string>>, config = "") {
  const cwd = mkdtempSync(join(inject("testRun").folder, "vitest-"));
  symlinkSync(join(root, "node_modules"), join(cwd, "node_modules"));
  for (const [name, text] of Object.entries({
    "package.json": `{ "type": "module" }`,
    "vitest.config.ts": `
      import ClosingLineReporter from "${join(root, "scripts/closing-line-reporter.ts")}";
      export default {
        test: { globals: true, ${config} reporters: ["default", new ClosingLineReporter()] },
      };
    `,
    ...files,
  })) {
    writeFileSync(join(cwd, name), text);
  }
  return run(process.execPath, ["node_modules/vitest/vitest.mjs", "run"], { cwd });
}
