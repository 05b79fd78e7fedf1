import { existsSync } from "node:fs";
import { expect, it, vi } from "vitest";
import { until } from "../e2e/shop.ts";
import {
  DEMO_COMMAND,
  type DemoRun,
  eventsOf,
  isAlive,
  only,
  removeFolder,
  runDemo,
} from "./demo-run.ts";

vi.setConfig({ testTimeout: 60_000 });

it.each(["opened", "started", "number"])(
  "is left by Ctrl-C after its first event %s: ends with code 0, and leaves nothing",
  async (event) => {
    await using run = runDemo(["--json"]);
    await run.line((line) => line.includes(`"event":"${event}"`));

    run.child.kill("SIGINT");

    expect(await run.ended).toEqual({ code: 0, stderr: "" });
    expectNothingLeft(run);
    expect(eventsOf(run).at(-1)).toMatchObject({ event: "cleaned", interrupted: true });
  },
);

it("prints plain lines where there is no terminal, and is left by SIGTERM alike", async () => {
  await using run = runDemo([]);
  await run.line((line) => /^ +\d+\.\d s {2}[ABC] has task number [012]$/.test(line));
  await run.line((line) =>
    /^ +\d+\.\d s {2}OTLP: task [012] .*has served [\d,]+ requests$/.test(line),
  );

  run.child.kill("SIGTERM");

  expect(await run.ended).toEqual({ code: 0, stderr: "" });
  expect(run.lines.at(-1)).toMatch(/No process and no file is left$/);
  // No escape sequences.
  expect(run.output()).not.toContain("\u001B");
  const pids = run.lines.flatMap((line) => /starts as process (\d+)/.exec(line)?.[1] ?? []);
  expect(pids).toHaveLength(3);
  expect(pids.filter((pid) => isAlive(Number(pid)))).toEqual([]);
});

it("draws in a terminal, and Ctrl-C there gives the cursor back and leaves nothing", async () => {
  const command = DEMO_COMMAND.map((part) => `'${part}'`).join(" ");
  await using run = runDemo(
    ["-qefc", `stty rows 24 cols 80; exec ${command}`, "/dev/null"],
    ["script"],
  );
  await run.line((line) => line.includes("has task number"));

  // The terminal makes a signal of it.
  run.child.stdin!.write("\u0003");

  expect(await run.ended).toEqual({ code: 0, stderr: "" });
  const output = run.output();
  expect(output).toContain("\u001B[?25l");
  expect(output.lastIndexOf("\u001B[?25h")).toBeGreaterThan(output.lastIndexOf("\u001B[?25l"));
  // Each picture is drawn over the last.
  expect(output).toMatch(/\[\d+A\r/);
  expect(output).toContain("No process and no file is left");
});

it("is left by a reader that stops reading", async () => {
  await using run = runDemo(["--json"]);
  await run.line((line) => line.includes('"event":"number"'));

  run.child.stdout!.destroy();

  expect(await run.ended).toEqual({ code: 0, stderr: "" });
  expectNothingLeft(run);
});

it("takes its processes along when it is killed itself", async () => {
  await using run = runDemo(["--json"]);
  await run.line((line) => line.includes('"event":"number"'));

  run.child.kill("SIGKILL");
  await run.ended;

  const pids = only(eventsOf(run), "started").map(({ pid }) => pid);
  expect(pids).toHaveLength(3);
  await until(() => pids.every((pid) => !isAlive(pid)), "its processes to end");
  removeFolder(only(eventsOf(run), "opened")[0]!.folder);
});

it("refuses an option that it does not know, with one line and code 1", async () => {
  await using run = runDemo(["--jsonl"]);
  const { code, stderr } = await run.ended;
  expect(code).toBe(1);
  expect(stderr).toMatch(/^demo: Unknown option '--jsonl'.*\n$/);
});

function expectNothingLeft(run: DemoRun): void {
  const events = eventsOf(run);
  expect(only(events, "started").filter(({ pid }) => isAlive(pid))).toEqual([]);
  expect(existsSync(only(events, "opened")[0]!.folder)).toBe(false);
}
