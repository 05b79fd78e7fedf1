import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Notes that process group `pid` belongs to the run in `folder`, until {@link forget}. */
export function remember(folder: string, pid: number): void {
  mkdirSync(join(folder, "running"), { recursive: true });
  writeFileSync(join(folder, "running", String(pid)), "");
}

/** Notes that process group `pid` has ended. */
export function forget(folder: string, pid: number): void {
  rmSync(join(folder, "running", String(pid)), { force: true });
}

/** Kills the process groups that a test file left behind, as one does that was killed itself. */
export function killLeftovers(folder: string): void {
  let pids: string[] = [];
  try {
    pids = readdirSync(join(folder, "running"));
  } catch {
    // This run started no process.
  }
  for (const pid of pids) {
    killGroup(Number(pid), "SIGKILL");
    forget(folder, Number(pid));
  }
}

/** Signals a whole process group. Harmless where it has ended. */
export function killGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // It ended by itself.
  }
}
