import { messageOf } from "../shared/errors.ts";
import { createReporter } from "../shared/report.ts";
import type { Release, TaskNumAllocator } from "../task/allocator.ts";
import type { Target } from "../task/target.ts";

/** What hands the number back when the process ends without a shutdown. */
export interface ExitReleaseParts {
  readonly allocator: Pick<TaskNumAllocator, "name" | "releaseSync">;
  /** The process's lease, as far as it is asked here. */
  readonly task: {
    readonly target: Target;
    readonly instanceId: string;
    readonly number: number | undefined;
    readonly epoch: number | undefined;
    /** How much longer others to whom the number is lent may rely on it. @default nobody does */
    readonly lentMs?: number;
  };
  readonly quarantineMs: number;
}

/** What is to be done at the exit of this thread. */
const releases = new Set<() => void>();

/**
 * Hands the number back when the process exits while it is held, as `process.exit()` and an uncaught
 * exception make it do, or the end of a worker thread by itself. Only where the allocator can do that
 * synchronously; others keep the number until its hold runs out.
 * @returns a function that ends it
 */
export function releaseAtExit({ allocator, task, quarantineMs }: ExitReleaseParts): () => void {
  if (allocator.releaseSync === undefined) return () => undefined;
  const report = createReporter("task");
  const release = (): void => {
    const { target, instanceId, number, epoch, lentMs = 0 } = task;
    if (number === undefined || epoch === undefined) return;
    // They outlive this process, and can be asked no more.
    const restMs = Math.max(quarantineMs, lentMs);
    const grant: Release = { num: number, epoch, quarantineMs: restMs };
    try {
      allocator.releaseSync?.(target, instanceId, grant);
    } catch (error) {
      report.warnOnce(
        "exit",
        `Task number ${number} could not be handed back at the exit: ${messageOf(error)}`,
      );
    }
  };
  if (releases.size === 0) process.on("exit", runExitReleases);
  releases.add(release);
  return () => {
    releases.delete(release);
    if (releases.size === 0) process.removeListener("exit", runExitReleases);
  };
}

/** Does now what is to be done at the exit, where the process is about to end without one. */
export function runExitReleases(): void {
  for (const release of releases) release();
}
