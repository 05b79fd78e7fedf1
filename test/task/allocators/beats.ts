import type {
  Grant,
  Heartbeat,
  HeartbeatAnswer,
  TaskNumAllocator,
} from "../../../src/task/allocator.ts";
import type { Target } from "../../../src/task/target.ts";

export const TARGET: Target = { serviceName: "checkout", jobName: "web", hostName: "host-a" };

let lastSeq = 0;

/** A heartbeat with a hold of ten minutes and a sequence larger than every other. */
export function heartbeat(changes: Partial<Heartbeat> = {}): Heartbeat {
  return { seq: ++lastSeq, holdMs: 600_000, leaseMs: 300_000, maxTasks: 10_000, ...changes };
}

/** A heartbeat's answer; it waits for 20 seconds at most. */
export function beat(
  allocator: TaskNumAllocator,
  instance: string,
  changes?: Partial<Heartbeat>,
  signal: AbortSignal = AbortSignal.timeout(20_000),
): Promise<HeartbeatAnswer> {
  return allocator.notifyTaskIsAlive(TARGET, instance, heartbeat(changes), { signal });
}

/** The grant in the answer to a heartbeat. */
export async function granted(
  allocator: TaskNumAllocator,
  instance: string,
  changes?: Partial<Heartbeat>,
): Promise<Grant> {
  const answer = await beat(allocator, instance, changes);
  if (answer.kind !== "granted") throw new Error(`${instance} was answered ${answer.kind}`);
  return { num: answer.num, epoch: answer.epoch };
}

/** Like {@link granted}, repeated while calls reject, as the renewer does. */
export async function grantedAtLast(
  allocator: TaskNumAllocator,
  instance: string,
  changes?: Partial<Heartbeat>,
): Promise<Grant> {
  const deadline = performance.now() + 20_000;
  for (;;) {
    try {
      const signal = AbortSignal.timeout(500);
      const answer = await beat(allocator, instance, changes, signal);
      if (answer.kind === "granted") return { num: answer.num, epoch: answer.epoch };
      throw new Error(`${instance} was answered ${answer.kind}`);
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** A number that many instances asked for at once, in order. */
export async function numbersOf(
  allocators: readonly TaskNumAllocator[],
  instances: number,
): Promise<number[]> {
  const grants = await Promise.all(
    Array.from({ length: instances }, (_, index) =>
      granted(allocators[index % allocators.length]!, `task-${index}`),
    ),
  );
  return grants.map(({ num }) => num).toSorted((a, b) => a - b);
}
