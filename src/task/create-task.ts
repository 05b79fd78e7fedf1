import { randomUUID } from "node:crypto";
import { type Clock, systemClock } from "../shared/clock.ts";
import { keysOf, methodsOption, optionsObject, textOption } from "../shared/options.ts";
import type { TaskNumAllocator } from "./allocator.ts";
import { type LeaseOptions, leasePolicy } from "./policy.ts";
import { resolveTarget, type TargetOptions } from "./target.ts";
import { Task } from "./task.ts";

/** Options of {@link createTask}. */
export interface CreateTaskOptions {
  /**
   * The target that this process belongs to. A function is called at each start.
   * @default from the OpenTelemetry environment variables
   */
  readonly target?: TargetOptions | (() => TargetOptions);
  /** The allocator that assigns the number. You close it. */
  readonly allocator: TaskNumAllocator;
  /** How the number is leased. */
  readonly lease?: LeaseOptions;
  /** The process's own unique id. @default a random UUID */
  readonly instanceId?: string;
  /** For tests. @default the machine's clock */
  readonly clock?: Clock;
}

const KEYS = keysOf<CreateTaskOptions>({
  target: true,
  allocator: true,
  lease: true,
  instanceId: true,
  clock: true,
});

/**
 * A task number without the rest of Taskmon, for a program with its own metrics: `start()` begins to ask
 * for a number, `release()` hands it back. A Taskmon object creates its own task.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function createTask(options: CreateTaskOptions): Task {
  const given = optionsObject("createTask", options, KEYS);
  const { target, lease, instanceId, clock = systemClock() } = given;
  return new Task({
    target: typeof target === "function" ? () => resolveTarget(target()) : resolveTarget(target),
    allocator: methodsOption("allocator", given.allocator as TaskNumAllocator, [
      "notifyTaskIsAlive",
      "release",
    ]),
    instanceId: instanceId === undefined ? randomUUID() : textOption("instanceId", instanceId),
    policy: leasePolicy(lease),
    clock,
  });
}
