import { afterEach, expect, it } from "vitest";
import { shutdownBeforeExit } from "../../src/shutdown/index.ts";
import { startProgram } from "./programs.ts";

const before = process.listeners("beforeExit");
afterEach(() => {
  for (const listener of process.listeners("beforeExit")) {
    if (!before.includes(listener)) process.removeListener("beforeExit", listener);
  }
});

/** What it listens with, which is called as Node.js does. */
function listeners(): ((code: number) => void)[] {
  return process.rawListeners("beforeExit").slice(before.length) as ((code: number) => void)[];
}

it("shuts down once when nothing is left to do, with the time that it is given", () => {
  const calls: unknown[] = [];
  const target = { shutdown: async (options: object) => void calls.push(options) };
  shutdownBeforeExit(target, { timeoutMs: 500 });
  for (let asked = 0; asked < 2; asked++) listeners().forEach((listener) => listener(0));
  expect(calls).toEqual([{ timeoutMs: 500 }]);
  expect(listeners()).toEqual([]);
});

it("has 8 seconds by default, and is taken back by what it returns", () => {
  const calls: unknown[] = [];
  const target = { shutdown: async (options: object) => void calls.push(options) };
  shutdownBeforeExit(target)();
  expect(listeners()).toEqual([]);
  shutdownBeforeExit(target);
  listeners()[0]!(0);
  expect(calls).toEqual([{ timeoutMs: 8_000 }]);
});

it("does not let a target that fails change how the process ends", async () => {
  shutdownBeforeExit({
    shutdown() {
      throw new Error("on purpose");
    },
  });
  // An unhandled rejection would fail the test's process.
  listeners()[0]!(0);
  await new Promise((resolve) => setImmediate(resolve));
});

it.each([
  [{}, undefined, "target"],
  [{ shutdown: async () => undefined }, { timeoutMs: -1 }, "shutdownBeforeExit.timeoutMs"],
  [{ shutdown: async () => undefined }, { signals: [] }, "shutdownBeforeExit.signals"],
])("refuses target %j with options %j", (target, options, option) => {
  expect(() => shutdownBeforeExit(target as never, options as never)).toThrow(
    expect.objectContaining({ code: "ERR_TASKMON_INVALID_OPTION", option }),
  );
  expect(listeners()).toEqual([]);
});

it("keeps the process alive until the shutdown is over, though its receiver never answers", async () => {
  const program = await startProgram("silent-exporter.ts", [], {});
  expect(await program.ended, program.said.join("\n")).toEqual({ code: 0, signal: null });
  expect(program.said.at(-1)).toBe("released done done done timed_out done done done");
});
