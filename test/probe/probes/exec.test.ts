import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, inject, it, onTestFinished } from "vitest";
import { type ExecProbeOptions, execProbe } from "../../../src/probe/probes/exec.ts";
import { outputMetrics } from "../../../src/probe/probes/exec/output-metrics.ts";
import { bodyValidator } from "../../../src/probe/validators/body.ts";
import type { Probe } from "../../../src/probe/contract.ts";
import { ask, verdict } from "./harness.ts";

const shell = (script: string, more: Partial<ExecProbeOptions> = {}): Probe<{ output?: string }> =>
  execProbe({ command: "/bin/sh", args: ["-c", script], ...more });

it("passes exit code 0, and keeps what was printed", async () => {
  const result = await ask(shell("echo all well"), "x");
  expect(verdict(result)).toBe("pass");
  expect(result.details).toEqual({ output: "all well\n", exitCode: 0 });
});

it.each([
  ["exit 3", "unexpected_answer", "It ended with exit code 3"],
  [
    "echo first >&2; echo disk full >&2; exit 1",
    "unexpected_answer",
    "It ended with exit code 1: disk full",
  ],
  ["kill -SEGV $$", "unexpected_answer", "It was killed by SIGSEGV"],
])("fails %j", async (script, type, message) => {
  const result = await ask(shell(script), "x");
  expect(verdict(result)).toBe(type);
  expect(result.error?.message).toBe(message);
});

it("says that a program cannot be started", async () => {
  const result = await ask(execProbe({ command: "/no/such/program" }), "x");
  expect(verdict(result)).toBe("unavailable");
  expect(result.error?.message).toBe("/no/such/program was not started: ENOENT");
});

it("kills the program and all that it started when its time is over", async () => {
  const file = join(mkdtempSync(join(inject("testRun").folder, "exec-")), "pid");
  const result = await ask(shell(`sleep 300 & echo $! > ${file}; echo begun; wait`), "x", 500);
  expect(verdict(result)).toBe("timeout");
  expect(result.details?.output).toBe("begun\n");
  const pid = Number(readFileSync(file, "utf8"));
  await expect.poll(() => isAlive(pid)).toBe(false);
});

function isAlive(pid: number): boolean {
  try {
    // A process that has ended but was not waited for is a zombie.
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

it("drops what is printed beyond the limit", async () => {
  const result = await ask(shell("yes | head -c 1000000", { maxOutputBytes: 1_000 }), "x");
  expect(verdict(result)).toBe("pass");
  expect(result.details?.output).toHaveLength(1_000);
});

it("gives the program its arguments as they are, the target's values in them", async () => {
  const probe = execProbe({
    command: "printf",
    args: [
      "[%s]",
      "@target.host@:@target.port@",
      "@target.label.team@",
      "$(id) 'x' \"y\"",
      "@target.label.none@",
    ],
  });
  const labels = { team: "a b; rm -rf /" };
  const result = await ask(probe, { name: "n", host: "db.test", port: 5, labels });
  expect(result.details?.output).toBe("[db.test:5][a b; rm -rf /][$(id) 'x' \"y\"][]");
});

it("starts it in a folder and an environment", async () => {
  const cwd = mkdtempSync(join(inject("testRun").folder, "exec-"));
  const probe = shell('echo "$PWD $ADDED ${HOME-none}"', {
    cwd,
    env: { ADDED: "yes", HOME: undefined },
  });
  expect((await ask(probe, "x")).details?.output).toBe(`${cwd} yes none\n`);
});

it("judges the output, and takes the metrics that are declared", async () => {
  const metrics = [{ name: "queue.length", kind: "gauge" as const, labels: ["queue"] }];
  const script = 'echo \'queue.length{queue="mail"} 7\'; echo "other 3"; echo ready';
  const result = await ask(
    shell(script, { metrics, validators: [bodyValidator({ includes: "ready" })] }),
    "x",
  );
  expect(verdict(result)).toBe("pass");
  expect(result.metrics).toEqual([{ name: "queue.length", value: 7, labels: { queue: "mail" } }]);
  const judged = shell("echo no", { validators: [bodyValidator({ includes: "ready" })] });
  expect(verdict(await ask(judged, "x"))).toBe("validation_failed");
});

it("reads metrics line by line, and leaves out what does not fit", () => {
  const metrics = [
    { name: "plain", kind: "counter" as const },
    { name: "by", kind: "gauge" as const, labels: ["a", "b"] },
  ];
  const output = [
    ...["plain 1.5", "plain 2 extra", "plain x", 'plain{a="1"} 3', "unknown 4", "# plain 9"],
    ...[
      'by{a="1",b="q\\"uo\\nte"} -2e3',
      'by{a="1"} 5',
      'by{a="1",c="2"} 5',
      "by{a=1,b=2} 5",
      "by 5",
      "plain Infinity",
    ],
  ].join("\n");
  expect(outputMetrics(output, metrics)).toEqual([
    { name: "plain", value: 1.5 },
    { name: "by", value: -2_000, labels: { a: "1", b: 'q"uo\nte' } },
  ]);
});

describe("a server", () => {
  /** A server in the protocol of cloudprober, by hand. */
  const SERVER = String.raw`
    const fs = require("node:fs");
    const field = (tag, text) => Buffer.concat([Buffer.from([tag, text.length]), Buffer.from(text)]);
    let input = Buffer.alloc(0);
    console.error("noise");
    process.stdin.on("data", (chunk) => {
      input = Buffer.concat([input, chunk]);
      for (;;) {
        const head = /^\nContent-Length: (\d+)\n\n/.exec(input.toString("latin1"));
        if (!head || input.length < head[0].length + Number(head[1])) return;
        const body = input.subarray(head[0].length, head[0].length + Number(head[1]));
        input = input.subarray(head[0].length + body.length);
        const id = body[1];
        const text = body.toString("latin1");
        if (text.includes("silent")) continue;
        if (text.includes("crash")) process.exit(7);
        if (text.includes("rubbish")) { process.stdout.write("x".repeat(100)); continue; }
        if (text.includes("huge")) { process.stdout.write("\nContent-Length: 99999999\n\n"); continue; }
        const parts = [Buffer.from([0x08, id])];
        if (text.includes("bad")) parts.push(field(0x12, "it is bad"));
        parts.push(field(0x1a, "pid " + process.pid));
        const reply = Buffer.concat(parts);
        process.stdout.write(Buffer.concat([Buffer.from("\nContent-Length: " + reply.length + "\n\n"), reply]));
      }
    });
  `;

  function server(): Probe<{ output?: string }> {
    const file = join(mkdtempSync(join(inject("testRun").folder, "exec-")), "server.cjs");
    writeFileSync(file, SERVER);
    const metrics = [{ name: "pid", kind: "gauge" as const }];
    const probe = execProbe({ command: process.execPath, args: [file], mode: "server", metrics });
    onTestFinished(async () => probe.close?.());
    return probe;
  }

  it("is started once, and asked about several targets at one time", async () => {
    const probe = server();
    const results = await Promise.all(["a", "bad", "c"].map((name) => ask(probe, { name })));
    expect(results.map(verdict)).toEqual(["pass", "unexpected_answer", "pass"]);
    expect(results[1]!.error?.message).toBe("it is bad");
    const again = await ask(probe, { name: "d" });
    expect(again.details?.output).toBe(results[0]!.details?.output);
    expect(again.metrics).toEqual([{ name: "pid", value: expect.any(Number) as number }]);
  });

  it("loses only the question that it does not answer in time", async () => {
    const probe = server();
    const [silent, other] = await Promise.all([
      ask(probe, { name: "silent" }, 1_500),
      ask(probe, { name: "a" }),
    ]);
    expect([verdict(silent), verdict(other)]).toEqual(["timeout", "pass"]);
    expect(verdict(await ask(probe, { name: "b" }))).toBe("pass");
  });

  it.each([
    ["crash", "connection_closed"],
    ["rubbish", "protocol_error"],
    ["huge", "too_large"],
  ])("that answers %s fails, and is started again", async (name, type) => {
    const probe = server();
    expect(verdict(await ask(probe, { name }))).toBe(type);
    expect(verdict(await ask(probe, { name: "a" }))).toBe("pass");
  });

  it("that cannot be started is unavailable", async () => {
    const probe = execProbe({ command: "/no/such/program", mode: "server" });
    expect(verdict(await ask(probe, { name: "a" }))).toBe("unavailable");
  });
});

it("refuses at construction what it cannot start", () => {
  expect(() => execProbe({} as never)).toThrow(/command/);
  expect(() => execProbe({ command: "x", args: "y" as never })).toThrow(/args/);
  expect(() => execProbe({ command: "x", mode: "often" as never })).toThrow(/mode/);
});
