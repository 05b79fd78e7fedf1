import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { inject } from "vitest";
import { forget, killGroup, remember } from "./leftovers.ts";

/** Where a server lives: its own temporary folder, and a port on 127.0.0.1 that was free. */
export interface Place {
  readonly folder: string;
  readonly port: number;
}

/** How one kind of server is started. */
export interface ServerPlan {
  /** For messages. */
  readonly name: string;
  /** The program's path; `programPath` knows it. */
  readonly program: string;
  readonly args: (place: Place) => readonly string[];
  /** Writes what the server reads as it starts. */
  readonly prepare?: (place: Place) => void | Promise<void>;
  /** Whether the server answers. May throw instead of saying no. */
  readonly ready: (place: Place) => Promise<boolean>;
  /** What a graceful stop takes. @default "SIGTERM" */
  readonly stopSignal?: NodeJS.Signals;
  /** The user and group to run as, for servers that refuse to run as root. */
  readonly runAs?: { readonly uid: number; readonly gid: number };
}

/** A running server. */
export interface Server extends Place, AsyncDisposable {
  /** The process, which leads its own group. */
  readonly pid: number;
  /** Everything that the server has printed. */
  log(): string;
  /** Stops the process and removes its folder. Idempotent. */
  stop(): Promise<void>;
}

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 10_000;
const ATTEMPTS = 3;

/**
 * Starts a server and waits until it answers. It ends with the test run at the latest; a test that
 * wants it gone earlier calls `stop`, or declares it with `await using`.
 */
export async function startServer(plan: ServerPlan): Promise<Server> {
  for (let attempt = 1; ; attempt++) {
    const server = await launch(plan);
    try {
      await untilReady(plan, server);
      return server;
    } catch (error) {
      // Another process may have taken the port between our finding it free and the server's start.
      const portTaken = /address already in use/i.test(server.log());
      await server.stop();
      if (!portTaken || attempt === ATTEMPTS) throw error;
    }
  }
}

/** A port on 127.0.0.1 that nobody listened on a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

interface LaunchedServer extends Server {
  readonly exited: AbortSignal;
}

async function launch(plan: ServerPlan): Promise<LaunchedServer> {
  const run = inject("testRun").folder;
  const place = { folder: mkdtempSync(join(run, `${plan.name}-`)), port: await freePort() };
  await plan.prepare?.(place);

  const logFile = join(place.folder, "server.log");
  const log = openSync(logFile, "w");
  const child = spawn(plan.program, plan.args(place), {
    cwd: place.folder,
    // A group of its own, so that its children end with it.
    detached: true,
    stdio: ["ignore", log, log],
    ...plan.runAs,
  });
  closeSync(log);
  const exited = new AbortController();
  child.once("exit", (code, signal) => exited.abort(`it ended with ${signal ?? `code ${code}`}`));
  await once(child, "spawn");
  const pid = child.pid!;
  remember(run, pid);

  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    killGroup(pid, plan.stopSignal ?? "SIGTERM");
    await aborted(exited.signal, STOP_TIMEOUT_MS);
    killGroup(pid, "SIGKILL");
    await aborted(exited.signal, STOP_TIMEOUT_MS);
    forget(run, pid);
    rmSync(place.folder, { recursive: true, force: true });
  };
  return {
    ...place,
    pid,
    exited: exited.signal,
    log: () => readFileSync(logFile, "utf8"),
    stop: () => (stopping ??= stop()),
    [Symbol.asyncDispose]: () => (stopping ??= stop()),
  };
}

async function untilReady(plan: ServerPlan, server: LaunchedServer): Promise<void> {
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (!server.exited.aborted && performance.now() < deadline) {
    if (await plan.ready(server).catch(() => false)) return;
    await sleep(50);
  }
  const why = server.exited.aborted
    ? String(server.exited.reason)
    : `it did not answer within ${START_TIMEOUT_MS} ms`;
  const lastLines = server.log().trimEnd().split("\n").slice(-20).join("\n");
  throw new Error(`${plan.name} did not start: ${why}\n${lastLines}`);
}

/** Waits for the signal, but no longer than `timeoutMs`. */
async function aborted(signal: AbortSignal, timeoutMs: number): Promise<void> {
  if (signal.aborted) return;
  await once(signal, "abort", { signal: AbortSignal.timeout(timeoutMs) }).catch(() => undefined);
}
