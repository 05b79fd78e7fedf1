import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type {
  Grant,
  Heartbeat,
  HeartbeatAnswer,
  TaskNumAllocator,
} from "../../../../src/task/allocator.ts";
import type { StoreClock } from "../../../../src/task/allocators/sqlite/store-clock.ts";
import type { Target } from "../../../../src/task/target.ts";

export const TARGET: Target = { serviceName: "checkout", jobName: "web", hostName: "host-a" };

/** A folder that goes away with the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "taskmon-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The path of a file that does not exist yet, in a folder of its own. */
export function temporaryFile(): string {
  return join(temporaryFolder(), "tasks.sqlite");
}

/** The allocator, closed with the test. */
export function closing<T extends TaskNumAllocator>(allocator: T): T {
  onTestFinished(() => allocator.close?.());
  return allocator;
}

let lastSeq = 0;

/** A heartbeat with a hold of ten minutes and a sequence larger than every other. */
export function heartbeat(changes: Partial<Heartbeat> = {}): Heartbeat {
  return { seq: ++lastSeq, holdMs: 600_000, leaseMs: 300_000, maxTasks: 100, ...changes };
}

export function beat(
  allocator: TaskNumAllocator,
  instance: string,
  changes?: Partial<Heartbeat>,
  signal: AbortSignal = new AbortController().signal,
): Promise<HeartbeatAnswer> {
  return allocator.notifyTaskIsAlive(TARGET, instance, heartbeat(changes), { signal });
}

/** The grant that a first heartbeat gets. */
export async function granted(allocator: TaskNumAllocator, instance: string): Promise<Grant> {
  const answer = await beat(allocator, instance);
  if (answer.kind !== "granted") throw new Error(`${instance} was answered ${answer.kind}`);
  return { num: answer.num, epoch: answer.epoch };
}

/** The number in an answer, or what kind of answer it is instead. */
export function numberIn(answer: HeartbeatAnswer): number | string {
  return answer.kind === "granted" ? answer.num : answer.kind;
}

/** A store's clock that a test sets. */
export interface SetStoreClock extends StoreClock {
  ms: number;
  bootId: string;
}

export function setStoreClock(bootId = "boot-1", ms = 1_000_000): SetStoreClock {
  const clock = { ms, bootId, now: () => clock.ms, wallTime: () => 1_700_000_000_000 + clock.ms };
  return clock;
}
