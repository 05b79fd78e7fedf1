import { spawn } from "node:child_process";
import { once } from "node:events";
import { delimiter, dirname } from "node:path";
import { inject } from "vitest";
import { forget, killGroup, remember } from "./leftovers.ts";

/** How a command ended. */
export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Options of {@link start} and {@link run}. */
export interface RunOptions {
  readonly cwd: string;
  /** More environment variables. */
  readonly env?: Readonly<Record<string, string>>;
  /** How long the command may take, in milliseconds, before it is killed. @default 120000 */
  readonly timeoutMs?: number;
}

/** A command under way. */
export interface Running {
  readonly pid: number;
  /** Signals the process; harmless once it has ended. */
  kill(signal: NodeJS.Signals): void;
  /** Never rejects. */
  readonly ended: Promise<Finished>;
}

/** Starts a command, which ends with the test run at the latest. */
export async function start(
  command: string,
  args: readonly string[],
  options: RunOptions,
): Promise<Running> {
  const { folder } = inject("testRun");
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...childEnvironment(), ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
    // A group of its own, so that its children end with it.
    detached: true,
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  await once(child, "spawn");
  const pid = child.pid!;
  remember(folder, pid);
  const timer = setTimeout(() => killGroup(pid, "SIGKILL"), options.timeoutMs ?? 120_000);
  const ended = once(child, "close").then(([code]: (number | null)[]) => {
    clearTimeout(timer);
    forget(folder, pid);
    return { code: code ?? null, stdout, stderr };
  });
  return { pid, kill: (signal) => void child.kill(signal), ended };
}

/** Runs a command to its end. */
export async function run(
  command: string,
  args: readonly string[],
  options: RunOptions,
): Promise<Finished> {
  const { ended } = await start(command, args, options);
  return ended;
}

/** Like {@link run}; rejects with everything that was printed unless the command ends with 0. */
export async function runOk(
  command: string,
  args: readonly string[],
  options: RunOptions,
): Promise<Finished> {
  const finished = await run(command, args, options);
  if (finished.code === 0) return finished;
  throw new Error(
    `${command} ${args.join(" ")} ended with ${finished.code}\n${finished.stdout}${finished.stderr}`,
  );
}

/** This process's environment, without what npm and vitest tell the scripts of this project. */
export function childEnvironment(): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (/^(npm_(package|lifecycle|config_local)|VITEST|NODE_OPTIONS$|TEST$|NODE_ENV$)/.test(name)) {
      continue;
    }
    env[name] = value;
  }
  // A test of what a program says for itself turns this on again.
  env["TASKMON_LOG"] = "off";
  // npm's own `#!/usr/bin/env node` finds this Node.js too.
  env["PATH"] = [dirname(process.execPath), env["PATH"]].join(delimiter);
  return env;
}
