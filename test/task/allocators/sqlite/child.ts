// A process that heartbeats once for each line on its standard input, and prints the answer, or the
// error's code, as a line of JSON. It ends by itself, and closes nothing, when its input ends.
import { createInterface } from "node:readline";
import type { Grant } from "../../../../src/task/allocator.ts";
import { sqliteAllocator } from "../../../../src/task/allocators/sqlite.ts";
import { TaskmonError } from "../../../../src/shared/errors.ts";

const { instance, holdMs, ...options } = JSON.parse(process.argv[2] ?? "") as {
  readonly file?: string;
  readonly instance: string;
  readonly holdMs: number;
};

// A write beyond the limit of a file's size then fails, instead of ending the process.
process.on("SIGXFSZ", () => {});

const allocator = sqliteAllocator(options);
const target = { serviceName: "checkout", jobName: "web", hostName: "host-a" };
let seq = 0;
let held: Grant | undefined;

async function heartbeat(): Promise<unknown> {
  const beat = { seq: ++seq, ...(held && { held }), holdMs, leaseMs: holdMs / 2, maxTasks: 100 };
  const { signal } = new AbortController();
  try {
    const answer = await allocator.notifyTaskIsAlive(target, instance, beat, { signal });
    held = answer.kind === "granted" ? { num: answer.num, epoch: answer.epoch } : undefined;
    return answer;
  } catch (error) {
    return { kind: error instanceof TaskmonError ? error.code : String(error) };
  }
}

process.stdout.write("ready\n");
for await (const _ of createInterface(process.stdin)) {
  process.stdout.write(`${JSON.stringify(await heartbeat())}\n`);
}
