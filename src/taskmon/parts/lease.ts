import type { AttachedReaders } from "../../reader/attached-readers.ts";
import { withTimeout } from "../../shared/timeout.ts";
import type { Task } from "../../task/task.ts";
import type { Core } from "../core.ts";
import type { Part } from "../part.ts";

/** Leases a number while Taskmon is on, and hands it back while it is off. */
export function leasePart(
  { life, clock, policy, target }: Core,
  task: Task,
  readers: AttachedReaders,
): Part {
  let hasStarted = false;
  let leases = false;

  const follow = (): void => {
    if (!hasStarted || life.hasEnded) return;
    if (life.mode === "on") {
      leases = true;
      task.start();
    } else if (leases) {
      leases = false;
      void release();
    }
  };
  /** Hands the number back when no export is in flight under it, unless Taskmon is on again by then. */
  const release = async (): Promise<void> => {
    const settled = withTimeout(clock, "An export", policy.exportTimeoutMs, (signal) =>
      readers.settle(signal),
    ).catch(() => undefined);
    await Promise.all([task.stopHeartbeats(), settled]);
    if (!leases && !life.hasEnded) await task.release();
  };

  return {
    name: "task",
    start() {
      hasStarted = true;
      follow();
    },
    pause: follow,
    resume: follow,
    status: () => ({
      target: target.known,
      instanceId: task.instanceId,
      scope: task.scope,
      state: task.state,
      number: task.number,
      epoch: task.epoch,
      worker: task.worker,
      grantedAtMs: task.grantedAtMs,
      remainingMs: task.remainingMs,
      leaseMs: policy.leaseMs,
    }),
  };
}
