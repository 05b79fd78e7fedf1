import { type ChildProcess, spawn, type StdioOptions } from "node:child_process";
import { once } from "node:events";
import { ProbeError } from "../../errors.ts";

/** What to start. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string | undefined;
  /** The whole environment of the program. */
  readonly env: NodeJS.ProcessEnv;
}

/** Starts a program without a shell, at the head of a process group of its own. */
export async function startProgram(program: Program, stdio: StdioOptions): Promise<ChildProcess> {
  const { command, args, cwd, env } = program;
  const child = spawn(command, args, {
    ...(cwd !== undefined && { cwd }),
    env,
    stdio,
    detached: process.platform !== "win32",
    shell: false,
    windowsHide: true,
  });
  try {
    await once(child, "spawn");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new ProbeError("unavailable", `${command} was not started: ${code ?? message}`, {
      cause: error,
    });
  }
  child.on("error", () => undefined);
  return child;
}

/** Kills a program and its child processes. */
export function killGroup({ pid, exitCode, signalCode }: ChildProcess): void {
  if (pid === undefined) return;
  const isOver = exitCode !== null || signalCode !== null;
  try {
    // Processes that the program left behind are still in its group after it has ended.
    if (process.platform !== "win32") process.kill(-pid, "SIGKILL");
    else if (!isOver) process.kill(pid, "SIGKILL");
  } catch {
    // The group has no processes left.
  }
}

/** The environment of this process with changes; `undefined` removes a variable. */
export function environment(
  changes: Readonly<Record<string, string | undefined>>,
): NodeJS.ProcessEnv {
  const merged = { ...process.env, ...changes };
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== undefined));
}
