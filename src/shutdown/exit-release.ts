import { messageOf } from "../shared/errors.ts";
import { createReporter } from "../shared/report.ts";
import type { Release, TaskNumAllocator } from "../task/allocator.ts";
import type { Target } from "../task/target.ts";

/** What hands the number back when the process ends without a shutdown. */
export interface ExitReleaseParts {
  readonly allocator: Pick<TaskNumAllocator, "name" | "releaseSync">;
  /** The part of the task that we use. */
  readonly task: {
    readonly target: Target;
    readonly instanceId: string;
    readonly number: number | undefined;
    readonly epoch: number | undefined;
    /** How much longer borrowers of the number may rely on it. @default 0 */
    readonly lentMs?: number;
  };
  readonly quarantineMs: number;
}

/** The hand-backs to make when this thread exits. */
const releases = new Set<() => void>();

/**
 * Hands the number back if it is still held when the process exits, for example by `process.exit()` or an
 * uncaught exception, or when a worker thread ends. Only if the allocator can do that synchronously; with
 * others the number stays held until its hold expires.
 * @returns a function that ends it
 */
export function releaseAtExit({ allocator, task, quarantineMs }: ExitReleaseParts): () => void {
  if (allocator.releaseSync === undefined) return () => undefined;
  const report = createReporter("task");
  const release = (): void => {
    const { target, instanceId, number, epoch, lentMs = 0 } = task;
    if (number === undefined || epoch === undefined) return;
    // The borrowers outlive this process and cannot be recalled any more.
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

/** Makes the hand-backs now, because the process is about to end without an exit event. */
export function runExitReleases(): void {
  for (const release of releases) release();
}
