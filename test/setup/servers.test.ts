import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, inject, it, onTestFinished, vi } from "vitest";
import { killLeftovers, remember } from "./leftovers.ts";
import { startServer, type ServerPlan } from "./servers.ts";

/** A server that needs a while, prints a line, and has a child of its own that ignores SIGTERM. */
const SERVER = `
  const { spawn } = require("node:child_process");
  const { createServer } = require("node:http");
  const child = spawn(process.execPath, ["-e", "process.on('SIGTERM', () => {}); setInterval(() => {}, 999)"]);
  setTimeout(() => {
    createServer((_, response) => response.end(String(child.pid))).listen(process.argv[1], "127.0.0.1");
    console.log("listening");
  }, 100);
`;

it("waits until the server answers, and stops it with its children and its folder", async () => {
  const server = await startServer(plan(SERVER));
  const childPid = Number(await (await fetch(`http://127.0.0.1:${server.port}`)).text());
  expect(server.log()).toBe("listening\n");
  expect(isAlive(childPid)).toBe(true);

  await server.stop();
  await server.stop();

  expect(isAlive(server.pid)).toBe(false);
  await vi.waitFor(() => expect(isAlive(childPid)).toBe(false), 20_000);
  expect(existsSync(server.folder)).toBe(false);
});

it("reports a server that ends instead of answering, with what it printed", async () => {
  const failing = plan("console.error('no licence'); process.exitCode = 3");
  await expect(startServer(failing)).rejects.toThrow(
    "test-server did not start: it ended with code 3\nno licence",
  );
});

it("takes another port where the first was taken meanwhile", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  onTestFinished(() => void other.close());
  await once(other, "listening");
  const taken = (other.address() as AddressInfo).port;
  let attempts = 0;
  const unlucky: ServerPlan = {
    ...plan(SERVER),
    args: ({ port }) => ["-e", SERVER, String((attempts += 1) === 1 ? taken : port)],
    ready: async ({ port }) => attempts > 1 && (await fetch(`http://127.0.0.1:${port}`)).ok,
  };

  await using server = await startServer(unlucky);

  expect(attempts).toBe(2);
  expect(isAlive(server.pid)).toBe(true);
});

it("kills at the end of the run what a test file has left behind", async () => {
  const folder = mkdtempSync(join(inject("testRun").folder, "leftovers-"));
  const left = spawn(process.execPath, ["-e", "setInterval(() => {}, 999)"], { detached: true });
  await once(left, "spawn");
  remember(folder, left.pid!);
  writeFileSync(join(folder, "running", String(2 ** 30)), "");

  killLeftovers(folder);

  expect(await once(left, "exit")).toEqual([null, "SIGKILL"]);
  killLeftovers(folder);
});

function plan(script: string): ServerPlan {
  return {
    name: "test-server",
    program: process.execPath,
    args: ({ port }) => ["-e", script, String(port)],
    ready: async ({ port }) => (await fetch(`http://127.0.0.1:${port}`)).ok,
  };
}

/** A zombie, which waits only for its parent to read its exit code, is not alive. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ");
  } catch (error) {
    // Where there is no /proc, the signal alone has to do.
    return (error as NodeJS.ErrnoException).syscall !== "kill" && !existsSync("/proc");
  }
}
