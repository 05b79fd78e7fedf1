import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { createInterface } from "node:readline";
import { inject } from "vitest";
import { sqliteAllocator } from "../../src/task/allocators/sqlite.ts";
import type { TaskListing } from "../../src/task/index.ts";
import type { OtlpExport, OtlpReceiver } from "../setup/otlp-receiver.ts";
import { bundled } from "../setup/bundled.ts";
import { forget, remember } from "../setup/leftovers.ts";
import { childEnvironment } from "../setup/run.ts";

/** How a program ended. */
export interface ProgramEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A program of the folder `fixtures` that runs. */
export interface Program {
  readonly pid: number;
  /** What it printed, to both streams. */
  readonly said: readonly string[];
  readonly ended: Promise<ProgramEnd>;
  /** Settles when it has printed a line that is, or begins with, this. */
  line(start: string): Promise<string>;
  signal(signal: NodeJS.Signals): void;
  /** Gives it this to read. */
  write(text: string): void;
}

/** Starts a program of the folder `fixtures`, or at another path. It ends with the test run at the latest. */
export async function startProgram(
  name: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  launcher: readonly string[] = [],
): Promise<Program> {
  const { folder } = inject("testRun");
  const file = isAbsolute(name) ? name : await bundled(join(import.meta.dirname, "fixtures", name));
  const [command, ...rest] = [
    ...launcher,
    ...[process.execPath, "--conditions=@taskmon/source", file, ...args],
  ];
  const child = spawn(command!, rest, {
    env: { ...childEnvironment(), OTEL_LOG_LEVEL: "none", ...env },
    // Where some of them may leave a dump of their memory.
    cwd: folder,
    stdio: ["pipe", "pipe", "pipe"],
    detached: true,
  });
  const pid = child.pid!;
  remember(folder, pid);
  const said: string[] = [];
  const waiting = new Set<() => void>();
  for (const input of [child.stdout, child.stderr]) {
    createInterface({ input }).on("line", (line) => {
      said.push(line);
      for (const check of waiting) check();
    });
  }
  const ended = once(child, "close").then(([code, signal]: unknown[]) => {
    forget(folder, pid);
    return { code, signal } as ProgramEnd;
  });
  return {
    pid,
    said,
    ended,
    line: (start) =>
      new Promise((resolve, reject) => {
        const check = (): void => {
          const line = said.find((each) => each.startsWith(start));
          if (line === undefined) return;
          waiting.delete(check);
          resolve(line);
        };
        waiting.add(check);
        check();
        void ended.then(() => reject(new Error(`It ended; it said:\n${said.join("\n")}`)));
      }),
    signal: (signal) => void child.kill(signal),
    write: (text) => void child.stdin.write(text),
  };
}

/** A store of its own, and a name by which the receiver knows the program. */
export function surroundings(receiver: OtlpReceiver): {
  readonly file: string;
  readonly env: Readonly<Record<string, string>>;
  /** What has arrived of the program. */
  exports(): OtlpExport[];
  /** The numbers that are held or rest. */
  numbers(): Promise<readonly TaskListing[]>;
} {
  const folder = mkdtempSync(join(inject("testRun").folder, "shutdown-"));
  const file = join(folder, "tasks.sqlite");
  return {
    file,
    env: {
      TASK_FILE: file,
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_RESOURCE_ATTRIBUTES: `service.version=${encodeURIComponent(folder)},host.name=h`,
    },
    exports: () =>
      receiver.exports.filter(({ resource }) => resource["service.version"] === folder),
    async numbers() {
      const allocator = sqliteAllocator({ file, thread: false });
      try {
        return await allocator.list(undefined, { signal: new AbortController().signal });
      } finally {
        await allocator.close();
      }
    },
  };
}

/** The latest value of a counter without labels. */
export function latestOf(exports: readonly OtlpExport[], name: string): number {
  const points = exports
    .flatMap(({ metrics }) => metrics)
    .filter((metric) => metric.name === name)
    .flatMap(({ sum }) => sum?.dataPoints ?? []);
  const last = points.at(-1);
  return Number(last?.asInt ?? last?.asDouble ?? 0);
}
