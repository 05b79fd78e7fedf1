import type { Grant, Heartbeat, TaskNumAllocator } from "../../src/task/allocator.ts";
import type { Target } from "../../src/task/target.ts";

const TARGET: Target = { serviceName: "bench", jobName: "bench", hostName: "host" };
/** A million is the most that an allocator takes. */
const BEAT = { holdMs: 3_600_000, leaseMs: 1_800_000, maxTasks: 1_000_000 };

let lastSeq = 0;

/** The grant in the answer to a heartbeat. */
export async function granted(
  allocator: TaskNumAllocator,
  instance: string,
  held?: Grant,
): Promise<Grant> {
  const heartbeat: Heartbeat = { ...BEAT, seq: ++lastSeq, ...(held && { held }) };
  // Each call has a signal of its own, as the renewer's have.
  const { signal } = new AbortController();
  const answer = await allocator.notifyTaskIsAlive(TARGET, instance, heartbeat, { signal });
  if (answer.kind === "granted") return { num: answer.num, epoch: answer.epoch };
  throw new Error(`${instance} was answered ${answer.kind}`);
}

/** Whether the numbers are 0 to one less than how many they are, each once. */
export function expectDense(numbers: readonly number[]): void {
  const sorted = numbers.toSorted((a, b) => a - b);
  const wrong = sorted.findIndex((num, index) => num !== index);
  if (wrong !== -1) throw new Error(`Number ${sorted[wrong]} came where ${wrong} was to come`);
}

/** The seconds that something takes. */
export async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const startedAt = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - startedAt) / 1e9;
}
