import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, it, onTestFinished } from "vitest";
import type { HeartbeatAnswer } from "../../../../src/task/allocator.ts";
import { sqliteAllocator } from "../../../../src/task/allocators/sqlite.ts";
import { bundled } from "../../../setup/bundled.ts";
import { beat, closing, numberIn, temporaryFile, temporaryFolder } from "./harness.ts";

const CHILD = join(import.meta.dirname, "child.ts");
const PRELOADED =
  "data:text/javascript,import { isMainThread } from 'node:worker_threads';" +
  "process.stderr.write(`preloaded in ${isMainThread ? 'main' : 'a thread'}\\n`)";

interface Child {
  readonly process: ChildProcess;
  /** What it wrote to its standard error so far. */
  stderr: string;
  /** Its next line. */
  line(): Promise<string>;
  /** Lets it heartbeat; its answer. */
  go(): Promise<HeartbeatAnswer>;
}

async function startChild(
  options: { file?: string; instance?: string; holdMs?: number },
  spawning: { execArgv?: string[]; env?: NodeJS.ProcessEnv } = {},
): Promise<Child> {
  const args = JSON.stringify({ instance: "child", holdMs: 60_000, ...options });
  const command = [...(spawning.execArgv ?? []), await bundled(CHILD), args];
  const running = spawn(process.execPath, command, {
    env: { ...process.env, ...spawning.env },
  });
  onTestFinished(() => void running.kill("SIGKILL"));
  const lines = createInterface(running.stdout)[Symbol.asyncIterator]();
  const child: Child = {
    process: running,
    stderr: "",
    line: async () => String((await lines.next()).value),
    async go() {
      running.stdin.write("go\n");
      return JSON.parse(await child.line()) as HeartbeatAnswer;
    },
  };
  running.stderr.on("data", (text) => (child.stderr += String(text)));
  expect(await child.line()).toBe("ready");
  return child;
}

it("gives 8 processes that ask at the same moment for a new file the numbers 0 to 7", async () => {
  const file = temporaryFile();
  const children = await Promise.all(
    Array.from({ length: 8 }, (_, index) => startChild({ file, instance: `task-${index}` })),
  );
  const answers = await Promise.all(children.map((child) => child.go()));
  expect(new Set(answers.map(numberIn))).toEqual(new Set([0, 1, 2, 3, 4, 5, 6, 7]));
});

it("says that it can be asked when its thread has started, not before, and waits no longer than told", async () => {
  const file = temporaryFile();
  const allocator = closing(sqliteAllocator({ file }));
  const order: string[] = [];
  const answered = beat(allocator, "a").then(() => order.push("answered"));
  const { signal } = new AbortController();
  const asked = allocator.ready({ signal }).then(() => order.push("ready"));
  // A thread cannot have started in a few turns of the event loop.
  for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate);
  expect(order).toEqual([]);
  await allocator.ready({ signal: AbortSignal.abort() });
  expect(order).toEqual([]);
  await Promise.all([answered, asked]);
  expect(order).toEqual(["ready", "answered"]);
});

it("gives away a killed process's number after its hold, and not before", async () => {
  const file = temporaryFile();
  const holdMs = 1_500;
  const child = await startChild({ file, holdMs });
  // Before the hold begins: a thread may take longer to start on a busy machine.
  const allocator = closing(sqliteAllocator({ file }));
  await allocator.ready({ signal: new AbortController().signal });
  const askedAt = performance.now();
  expect(numberIn(await child.go())).toBe(0);
  child.process.kill("SIGKILL");

  let answer = numberIn(await beat(allocator, "next", { maxTasks: 1 }));
  expect(answer).toBe("full");
  while (answer === "full") {
    await new Promise((resolve) => setTimeout(resolve, 50));
    answer = numberIn(await beat(allocator, "next", { maxTasks: 1 }));
  }
  expect(answer).toBe(0);
  // The hold began at the earliest when the child was asked.
  expect(performance.now() - askedAt).toBeGreaterThanOrEqual(holdMs);
});

it.each([[["-wal", "-shm"]], [["-wal"]], [["-shm"]]])(
  "gives each number one owner after %j of the file were deleted under processes that use it",
  async (ends) => {
    const file = temporaryFile();
    const children = await Promise.all(
      ["a", "b", "newcomer"].map((instance) => startChild({ file, instance })),
    );
    const [a, b, newcomer] = children as [Child, Child, Child];
    expect([numberIn(await a.go()), numberIn(await b.go())]).toEqual([0, 1]);
    for (const end of ends) rmSync(file + end);
    const order = [newcomer, a, b, newcomer];
    for (const child of order) await child.go();
    // One heartbeat each has been enough.
    expect([numberIn(await a.go()), numberIn(await b.go())]).toEqual([0, 1]);
    expect(numberIn(await newcomer.go())).toBeOneOf([2, "no_number"]);
  },
);

it("does not keep a process alive, prints nothing, and leaves one whole file", async () => {
  const file = temporaryFile();
  const child = await startChild({ file });
  expect(numberIn(await child.go())).toBe(0);
  child.process.stdin?.end();
  expect(await once(child.process, "exit")).toEqual([0, null]);
  expect(child.stderr).toBe("");
  expect(numberIn(await beat(closing(sqliteAllocator({ file })), "next"))).toBe(1);
});

it("does not load in its thread what the program preloads", async () => {
  const NODE_OPTIONS = `--import="${PRELOADED.replaceAll(/["\\]/g, "\\$&")}"`;
  for (const spawning of [{ execArgv: ["--import", PRELOADED] }, { env: { NODE_OPTIONS } }]) {
    const child = await startChild({ file: temporaryFile() }, spawning);
    expect(numberIn(await child.go())).toBe(0);
    child.process.stdin?.end();
    await once(child.process, "exit");
    expect(child.stderr).toBe("preloaded in main\n");
  }
});

it("shares numbers through the state folder where no file is named", async () => {
  const env = { TASKMON_STATE_DIR: join(temporaryFolder(), "state") };
  const [first, second] = [
    await startChild({ instance: "a" }, { env }),
    await startChild({ instance: "b" }, { env }),
  ];
  expect([numberIn(await first.go()), numberIn(await second.go())]).toEqual([0, 1]);
});

it("rejects while files cannot grow, and recovers when they can", async () => {
  const child = await startChild({ file: temporaryFile() });
  expect(numberIn(await child.go())).toBe(0);
  // Stands for a full disk: every write behind the first kilobyte of a file fails.
  const limit = (bytes: string) =>
    execFileSync("prlimit", ["--pid", String(child.process.pid), `--fsize=${bytes}:unlimited`]);
  limit("1024");
  expect(numberIn(await child.go())).toBe("ERR_TASKMON_STORE_UNAVAILABLE");
  expect(numberIn(await child.go())).toBe("ERR_TASKMON_STORE_UNAVAILABLE");
  limit("unlimited");
  expect(numberIn(await child.go())).toBe(0);
});
