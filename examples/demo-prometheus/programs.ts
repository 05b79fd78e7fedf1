import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** A server that was started, and ends with the demo. */
export interface Started {
  readonly url: string;
  readonly stop: () => Promise<void>;
}

const READY_TIMEOUT_MS = 60_000;

/** Where a command is; undefined where it is not installed. */
export function commandPath(name: string): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

/** Starts a server, and waits until this URL answers. Rejects with what it said where it ends before. */
export async function startServer(
  command: readonly [string, ...string[]],
  { url, ready, env = {} }: { url: string; ready: string; env?: Record<string, string> },
): Promise<Started> {
  const [program, ...args] = command;
  const child = spawn(program, args, {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    // Ctrl-C in the terminal is for us.
    detached: true,
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (text: Buffer) => (said = (said + text.toString()).slice(-2_000)));
  }
  const ended = once(child, "close").catch(() => undefined);
  const deadline = performance.now() + READY_TIMEOUT_MS;
  while (!(await answers(ready))) {
    if (child.exitCode !== null || performance.now() > deadline) {
      child.kill("SIGKILL");
      throw new Error(`${program} does not answer at ${url}:\n${said}`);
    }
    await sleep(100);
  }
  return { url, stop: () => stop(child, ended) };
}

/** Writes a file with a command of `taskmon`. */
export function taskmonWrites(file: string, ...args: string[]): void {
  const main = new URL("../../src/cli/main.ts", import.meta.url).pathname;
  const command = ["--conditions=@taskmon/source", main, ...args, "--out", file];
  execFileSync(process.execPath, command, { stdio: "inherit" });
}

/** A port that nobody listened on a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

async function stop(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), 10_000);
  await ended;
  clearTimeout(timer);
}

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    ({ ok }) => ok,
    () => false,
  );
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
