import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, inject, it, vi } from "vitest";
import { execTrigger, type ExecTriggerOptions, TriggerError } from "../../../src/monitor/index.ts";
import { systemClock } from "../../../src/shared/clock.ts";
import { stage } from "./harness.ts";

const shell = (script: string, more: Partial<ExecTriggerOptions> = {}) =>
  execTrigger({ command: "/bin/sh", args: ["-c", script], ...more });

function fileIn(name: string): string {
  return join(mkdtempSync(join(inject("testRun").folder, "trigger-")), name);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

it("gives the program its standard input, which ends", async () => {
  const file = fileIn("said");
  await stage().fire(execTrigger({ command: "tee", args: [file], stdin: "foo" }));
  expect(readFileSync(file, "utf8")).toBe("foo");
});

it("tells the program why it is started", async () => {
  const file = fileIn("why");
  const say = 'printf "%s %s %s" "$TASKMON_SERVICE" "$TASKMON_SLOT" "$(cat)" > "$FILE"';
  const trigger = shell(say, { env: { FILE: file }, stdin: ({ service }) => `wake ${service}` });
  await stage({ service: "wiki", slot: "always" }).fire(trigger);
  expect(readFileSync(file, "utf8")).toBe("wiki always wake wiki");
});

it("fails where the program does", async () => {
  const failing = execTrigger({ command: "[", args: ["1", "-eq", "0", "]"] });
  await expect(stage().fire(failing)).rejects.toThrow(TriggerError);
  await expect(stage().fire(shell("echo no disk >&2; exit 3"))).rejects.toThrow(
    "/bin/sh ended with exit code 3: no disk",
  );
});

it("says that a program cannot be started", async () => {
  const fired = stage().fire(execTrigger({ command: "/no/such/program" }));
  await expect(fired).rejects.toThrow(
    expect.objectContaining({
      code: "ERR_TASKMON_TRIGGER",
      message: "/no/such/program was not started: ENOENT",
    }),
  );
});

it("reads no shell's language in its arguments", async () => {
  const file = fileIn("never");
  await stage().fire(
    execTrigger({ command: "true", args: [`; touch ${file}`, `$(touch ${file})`] }),
  );
  expect(existsSync(file)).toBe(false);
});

it("does not mind a program that reads nothing", async () => {
  await stage().fire(execTrigger({ command: "true", stdin: "x".repeat(1_000_000) }));
});

it("kills a hung program and all that it started when the signal aborts", async () => {
  const file = fileIn("pids");
  const { fire, abort } = stage();
  const fired = fire(shell(`sleep 600 & echo "$$ $!" > ${file}; wait`));
  await vi.waitFor(() => expect(readFileSync(file, "utf8")).toMatch(/\d+ \d+\n/), 10_000);
  const pids = readFileSync(file, "utf8").trim().split(" ").map(Number);
  expect(pids.every(isAlive)).toBe(true);

  abort();

  await expect(fired).rejects.toThrow("enough");
  await vi.waitFor(() => expect(pids.some(isAlive)).toBe(false), 10_000);
});

it("kills it when its own time is over", async () => {
  const { context } = stage();
  const slow = execTrigger({ command: "sleep", args: ["600"], timeoutMs: 50 });
  const fired = Promise.resolve(slow.trigger({ ...context, clock: systemClock() }));
  await expect(fired).rejects.toThrow("sleep took longer than 50 ms");
});

it("leaves alone what the program starts in the background", async () => {
  const file = fileIn("pid");
  await stage().fire(shell(`sleep 600 > /dev/null 2>&1 & echo $! > ${file}`));
  const pid = Number(readFileSync(file, "utf8"));
  expect(isAlive(pid)).toBe(true);
  process.kill(pid);
});

it.each([
  [{ command: "" }, "exec.command"],
  [{ command: "x", args: "a b" as never }, "exec.args"],
  [{ command: "x", env: { A: 1 } as never }, "exec.env.A"],
  [{ command: "x", stdin: 7 as never }, "exec.stdin"],
])("refuses %j", (options, option) => {
  expect(() => execTrigger(options)).toThrow(expect.objectContaining({ option }));
});
