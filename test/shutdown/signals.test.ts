import { execFileSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { afterAll, beforeAll, describe, expect, inject, it, vi } from "vitest";
import { createTaskmon, memoryAllocator } from "taskmon";
import { shutdownOnSignals } from "../../src/shutdown/index.ts";
import { httpSink } from "../reader/http-sink.ts";
import { type OtlpReceiver, startOtlpReceiver } from "../setup/otlp-receiver.ts";
import { latestOf, type Program, startProgram, surroundings } from "./programs.ts";

// Processes start slowly where many tests share a machine.
vi.setConfig({ testTimeout: 60_000 });

let receiver: OtlpReceiver;
beforeAll(async () => {
  receiver = await startOtlpReceiver();
});
afterAll(() => receiver.stop());

interface Started {
  readonly program: Program;
  readonly url: string;
  /** How many of the eight pieces of work, and more, have arrived. */
  counted(): number;
  /** What has become of the number. */
  number(): Promise<string>;
}

async function start(
  setUp: string,
  env: Record<string, string> = {},
  launcher: readonly string[] = [],
): Promise<Started> {
  const around = surroundings(receiver);
  const program = await startProgram("signals.ts", [setUp], { ...around.env, ...env }, launcher);
  const [, url = ""] = (await program.line("ready")).split(" ");
  return {
    program,
    url,
    counted: () => latestOf(around.exports(), "work.done"),
    async number() {
      const numbers = await around.numbers();
      return numbers.map(({ instance }) => (instance === undefined ? "rests" : "held")).join();
    },
  };
}

const killed = (signal: NodeJS.Signals) => ({ code: null, signal });

describe.concurrent("a program that is told to end", () => {
  it.each(["SIGTERM", "SIGINT", "SIGQUIT"] as const)(
    "exports, hands its number back and ends by %s, as if nobody had listened",
    async (signal) => {
      const { program, counted, number } = await start("wired");
      program.signal(signal);
      expect(await program.ended).toEqual(killed(signal));
      expect(counted()).toBe(8);
      expect(await number()).toBe("rests");
    },
  );

  it("listens to the signals that it names, and to no others", async () => {
    const { program, counted } = await start("wired to SIGUSR2");
    program.signal("SIGUSR2");
    expect(await program.ended).toEqual(killed("SIGUSR2"));
    expect(counted()).toBe(8);
    const other = await start("wired to SIGUSR2");
    other.program.signal("SIGTERM");
    expect(await other.program.ended).toEqual(killed("SIGTERM"));
    expect(other.counted()).toBe(5);
  });

  it("ends at once at a second signal, and hands its number back all the same", async () => {
    const sink = await httpSink((count, response) => {
      if (count === 1) response.end();
    });
    const { program, number } = await start("wired with much time", {
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: sink.url,
    });
    program.signal("SIGTERM");
    // The last export, which nobody answers.
    await sink.arrived(2);
    program.signal("SIGINT");
    expect(await program.ended).toEqual(killed("SIGINT"));
    expect(await number()).toBe("rests");
  });

  it.each(["beside a listener of its own", "beside a listener of its own that listens once"])(
    "is shut down %s, and ends as that one decides",
    async (setUp) => {
      const { program, counted, number } = await start(setUp);
      program.signal("SIGTERM");
      expect(await program.ended).toEqual({ code: 7, signal: null });
      expect(counted()).toBe(8);
      expect(await number()).toBe("rests");
      // Ours are gone, and the program's own SIGTERM listener stays, unless it listened once.
      expect(program.said.at(-1)).toBe(setUp.endsWith("once") ? "0 0 0" : "1 0 0");
    },
  );

  it("waits for all that listen in this way before the signal ends it", async () => {
    const { program, counted } = await start("twice");
    program.signal("SIGTERM");
    expect(await program.ended).toEqual(killed("SIGTERM"));
    expect(program.said.at(-1)).toBe("the other is shut down");
    expect(counted()).toBe(8);
  });

  it("does first what goes before, and exports what that measured", async () => {
    const { program, counted } = await start("before");
    program.signal("SIGTERM");
    expect(await program.ended).toEqual(killed("SIGTERM"));
    expect(program.said.at(-1)).toBe("before");
    expect(counted()).toBe(9);
  });

  it.each(["before that fails", "before that hangs"])(
    "goes on after what goes %s",
    async (setUp) => {
      const { program, counted, number } = await start(setUp);
      program.signal("SIGTERM");
      expect(await program.ended).toEqual(killed("SIGTERM"));
      if (setUp === "before that hangs") expect(program.said.at(-1)).toBe("time is up");
      expect(counted()).toBe(8);
      expect(await number()).toBe("rests");
    },
  );

  it.each(["with a target that fails", "with a target that hangs"])(
    "ends all the same %s, and hands its number back",
    async (setUp) => {
      const { program, number } = await start(setUp);
      program.signal("SIGTERM");
      expect(await program.ended).toEqual(killed("SIGTERM"));
      expect(await number()).toBe("rests");
    },
  );

  it("answers and counts the requests under way when a drain goes before", async () => {
    const { program, url, counted } = await start("drain");
    const slow = fetch(`${url}/slow`);
    // Under way, since it was connected before this one was answered.
    await fetch(`${url}/quick`);
    program.signal("SIGTERM");
    expect((await slow).status).toBe(200);
    expect(await program.ended).toEqual(killed("SIGTERM"));
    expect(counted()).toBe(10);
  });

  it("ends as before where nothing is wired, or it was taken back", async () => {
    const [plain, disposed] = [await start("not wired"), await start("disposed of")];
    for (const { program, counted } of [plain, disposed]) {
      program.signal("SIGTERM");
      expect(await program.ended).toEqual(killed("SIGTERM"));
      expect(counted()).toBe(5);
    }
    expect(disposed.program.said[0]).toBe("0 0 0");
  });

  it("is shut down, and left to end by itself, where it was taken back meanwhile", async () => {
    const { program, counted } = await start("disposed of meanwhile");
    program.signal("SIGTERM");
    expect(await program.ended).toEqual({ code: 6, signal: null });
    expect(program.said.at(-1)).toBe("0 0 0");
    expect(counted()).toBe(8);
  });

  // Only where this machine lets us make a process the first of its own namespace.
  it.skipIf(!canUnshare())(
    "ends with 128 + n as the first process of a container, whose signals the kernel ignores",
    async () => {
      const folder = mkdtempSync(join(inject("testRun").folder, "pid-"));
      const launcher = ["unshare", "--pid", "--fork", "--kill-child", `--wd=${folder}`];
      const { program, counted, number } = await start("wired", {}, launcher);
      const [inside] = execFileSync("pgrep", ["-P", String(program.pid)], { encoding: "utf8" })
        .trim()
        .split("\n");
      process.kill(Number(inside), "SIGTERM");
      expect(await program.ended).toEqual({ code: 143, signal: null });
      expect(counted()).toBe(8);
      expect(await number()).toBe("rests");
    },
  );
});

it("is nothing that anybody listens to by default", async () => {
  const count = (): number[] =>
    ["SIGTERM", "SIGINT", "SIGQUIT", "beforeExit"].map((name) => process.listenerCount(name));
  const before = count();
  await using taskmon = createTaskmon({
    target: { serviceName: "unheard" },
    allocator: memoryAllocator(),
  });
  taskmon.start();
  expect(count()).toEqual(before);
});

it("does nothing in a worker thread, which signals do not reach", async () => {
  const module = new URL("../../src/shutdown/index.ts", import.meta.url).href;
  const worker = new Worker(
    `import { parentPort } from "node:worker_threads";
     const { shutdownOnSignals } = await import(${JSON.stringify(module)});
     shutdownOnSignals({ shutdown: async () => {} })();
     shutdownOnSignals({ shutdown: async () => {} });
     parentPort.postMessage(process.listenerCount("SIGTERM"));`,
    { eval: true },
  );
  expect(await new Promise((resolve) => worker.once("message", resolve))).toBe(0);
  await worker.terminate();
});

it.each([
  [{ shutdown: 1 }, {}, "target"],
  [undefined, { signals: [] }, "shutdownOnSignals.signals"],
  [undefined, { signals: ["SIGKILL"] }, "shutdownOnSignals.signals"],
  [undefined, { signals: ["SIGNONE"] }, "shutdownOnSignals.signals"],
  [undefined, { signals: "SIGTERM" }, "shutdownOnSignals.signals"],
  [undefined, { timeoutMs: -1 }, "shutdownOnSignals.timeoutMs"],
  [undefined, { beforeTimeoutMs: NaN }, "shutdownOnSignals.beforeTimeoutMs"],
  [undefined, { before: "close" }, "shutdownOnSignals.before"],
  [undefined, { after: 1 }, "shutdownOnSignals.after"],
])("refuses target %j with options %j, and listens to nothing then", (target, options, option) => {
  const before = process.listenerCount("SIGTERM");
  expect(() =>
    shutdownOnSignals((target ?? { shutdown: async () => undefined }) as never, options as never),
  ).toThrow(expect.objectContaining({ code: "ERR_TASKMON_INVALID_OPTION", option }));
  expect(process.listenerCount("SIGTERM")).toBe(before);
});

function canUnshare(): boolean {
  try {
    execFileSync("unshare", ["--pid", "--fork", "true"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
