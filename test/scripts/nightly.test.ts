import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { commandOf, LONG_RUNS, runAll } from "../../scripts/long-runs.ts";
import { run } from "../setup/run.ts";

const root = join(import.meta.dirname, "../..");
/** How a test reads how much it shall do. */
const READ =
  /process\.env(?:\.|\[")(TASKMON_\w*(?:RUNS|ROUNDS|ABORTS|REQUESTS|SCRAPERS|NIGHTLY))\b/g;

it("runs every test with many cases that has few in npm test", () => {
  const read = new Map<string, string[]>();
  for (const file of globSync("test/**/*.test.ts", { cwd: root })) {
    for (const [, name] of readFileSync(join(root, file), "utf8").matchAll(READ)) {
      read.set(name!, [...(read.get(name!) ?? []), file]);
    }
  }
  expect(read.size).toBeGreaterThan(5);
  const given = new Map(LONG_RUNS.flatMap((each) => Object.keys(each.env).map((n) => [n, each])));
  expect([...given.keys()].toSorted()).toEqual([...read.keys()].toSorted());
  for (const [name, files] of read) {
    const { tests } = given.get(name)!;
    expect(files.filter((file) => !tests.some((begin) => file.startsWith(begin)))).toEqual([]);
  }
});

it("goes on after one that fails, and says at the end which did", () => {
  const lines: string[] = [];
  const ran: string[] = [];
  const passes = ({ name }: { readonly name: string }): boolean => {
    ran.push(name);
    return name !== "model";
  };
  expect(runAll(LONG_RUNS, passes, (line) => lines.push(line))).toBe(false);
  expect(ran).toEqual(LONG_RUNS.map(({ name }) => name));
  const model = LONG_RUNS.find(({ name }) => name === "model")!;
  expect(lines.slice(-2)).toEqual([
    `nightly: ${LONG_RUNS.length - 1} of ${LONG_RUNS.length} passed`,
    `nightly: failed: model: ${commandOf(model)}`,
  ]);
  expect(
    runAll(
      [model],
      () => true,
      () => undefined,
    ),
  ).toBe(true);
});

it("runs those that are named, and refuses a name that none has", async () => {
  const nightly = (...args: string[]) =>
    run(process.execPath, ["scripts/nightly.ts", ...args], { cwd: root });
  const { code, stdout } = await nightly("--list", "guard");
  expect([
    code,
    stdout
      .trim()
      .split("\n")
      .map((line) => line.split(":")[0]),
  ]).toEqual([...[0, ["guard-raw", "guard-memory"]]]);
  expect(await nightly("nothing")).toMatchObject({
    ...{ code: 2, stderr: "nightly: no long run is called nothing\n" },
  });
});
