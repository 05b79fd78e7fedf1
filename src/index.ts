export { createTaskmon, Taskmon } from "./taskmon.ts";
export type { TaskmonOptions } from "./taskmon-options.ts";
export { InvalidOptionError, isTaskmonError, TaskmonError } from "./shared/errors.ts";
export type { Clock } from "./shared/clock.ts";
export type { Identity, IdentityOptions } from "./identity/identity.ts";
export type { IdInput } from "./identity/id.ts";
export {
  type AttachableReader,
  type AttachOptions,
  ReaderAttachedError,
  type ReaderView,
} from "./reader/index.ts";
export {
  type LeaseOptions,
  type TargetOptions,
  type TaskNumAllocator,
  TargetTakenError,
} from "./task/index.ts";
export { memoryAllocator } from "./task/allocators/memory.ts";
export { sqliteAllocator } from "./task/allocators/sqlite.ts";
