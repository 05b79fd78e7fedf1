import { type ChildProcess, spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { inject } from "vitest";
import type { DemoEvent } from "../../examples/demo/events.ts";
import { bundled } from "../setup/bundled.ts";
import { forget, remember } from "../setup/leftovers.ts";
import { childEnvironment } from "../setup/run.ts";

const DEMO = join(import.meta.dirname, "../../examples/demo/demo.ts");

/** The service that the demo starts again and again. */
const SHOP_PROGRAM = await bundled(join(import.meta.dirname, "../../examples/service/service.ts"));

/** The demo's command, as `npm run demo` has it. */
export const DEMO_COMMAND: readonly string[] = [
  process.execPath,
  "--conditions=@taskmon/source",
  DEMO,
];

/** A run of the demo. */
export interface DemoRun extends AsyncDisposable {
  readonly child: ChildProcess;
  readonly lines: readonly string[];
  /** Everything printed so far. */
  output(): string;
  /** Settles at the end. */
  readonly ended: Promise<{ readonly code: number | null; readonly stderr: string }>;
  /** Settles with the first line that `matches`; rejects if the run ends without one. */
  line(matches: (line: string) => boolean): Promise<string>;
}

/** Starts the demo, or a command that does. */
export function runDemo(args: readonly string[], command = DEMO_COMMAND): DemoRun {
  const { folder } = inject("testRun");
  const [program, ...before] = command;
  const child = spawn(program!, [...before, ...args], {
    env: { ...childEnvironment(), TMPDIR: folder, SHOP_PROGRAM },
    stdio: ["pipe", "pipe", "pipe"],
    detached: true,
  });
  remember(folder, child.pid!);
  const lines: string[] = [];
  const watchers = new Set<() => void>();
  let rest = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    const parts = (rest + text).split("\n");
    rest = parts.pop()!;
    lines.push(...parts);
    for (const watch of watchers) watch();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const ended = new Promise<{ code: number | null; stderr: string }>((resolve) => {
    child.once("close", (code) => {
      forget(folder, child.pid!);
      resolve({ code, stderr });
    });
  });
  return {
    child,
    lines,
    output: () => [...lines, rest].join("\n"),
    ended,
    line: (matches) =>
      new Promise((resolve, reject) => {
        const watch = (): void => {
          const found = lines.find(matches);
          if (found === undefined) return;
          watchers.delete(watch);
          resolve(found);
        };
        watchers.add(watch);
        watch();
        void ended.then(() => reject(new Error(`No such line:\n${lines.join("\n")}\n${stderr}`)));
      }),
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

/** The events that a run with `--json` has printed. */
export function eventsOf(run: DemoRun): DemoEvent[] {
  return run.lines.map((line) => JSON.parse(line) as DemoEvent);
}

/** The events of one kind. */
export function only<K extends DemoEvent["event"]>(
  events: readonly DemoEvent[],
  kind: K,
): (DemoEvent & { readonly event: K })[] {
  return events.filter((event) => event.event === kind) as (DemoEvent & { readonly event: K })[];
}

/** Whether a process with this id exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Removes what a demo left that had no chance to do so itself. */
export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}
