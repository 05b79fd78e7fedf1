export type {
  AllocatorCallOptions,
  Assignment,
  Grant,
  Heartbeat,
  HeartbeatAnswer,
  HousekeepingOptions,
  HousekeepingReport,
  Release,
  TaskListing,
  TaskNumAllocator,
} from "./allocator.ts";
export {
  assignTaskNumbers,
  type AssignTaskNumbersOptions,
  type HousekeepingProfile,
  LUCI_PROFILE,
  NoHousekeepingError,
} from "./housekeeping.ts";
export {
  type HousekeepingCheck,
  type HousekeepingHandler,
  housekeepingHandler,
  type HousekeepingHandlerOptions,
  type HousekeepingRequest,
} from "./housekeeping-handler.ts";
export { type TaskResourceDetector, resourceDetector } from "./detector.ts";
export type { HeartbeatOutcome } from "./lease.ts";
export type { LeaseOptions, LeasePolicy } from "./policy.ts";
export { type Scope, type Target, type TargetOptions, resolveTarget, targetKey } from "./target.ts";
export { createTask, type CreateTaskOptions } from "./create-task.ts";
export type { RefreshOptions, Task, TaskState } from "./task.ts";
export type { HeartbeatReport, TaskEvent, TaskEvents } from "./task-events.ts";
export {
  AllocatorClosedError,
  NumberUnknownError,
  StoreClockError,
  StoreNewerError,
  StoreNotOursError,
  StoreUnavailableError,
} from "./allocators/errors.ts";
