export { createTaskmon, type Taskmon } from "./taskmon/taskmon.ts";
export type { TaskmonEvents } from "./taskmon/events.ts";
export type { ViewInput } from "./sdk/given-views.ts";
export type { MetricProducer, SettingsOption, TaskmonOptions } from "./taskmon/options.ts";
export { InvalidOptionError, isTaskmonError, TaskmonError } from "./shared/errors.ts";
export type { Clock } from "./shared/clock.ts";
export type { LogLevel } from "./shared/report.ts";
export type { EventRecord, EventSink, EventSinkProvider } from "./shared/events.ts";
export type { Identity, IdentityOptions } from "./identity/identity.ts";
export type { IdInput } from "./identity/id.ts";
export {
  type AttachableReader,
  type AttachOptions,
  type ExportFailure,
  ExportsAbortedError,
  type FlushReport,
  ReaderAttachedError,
  type ReaderDelivery,
  type Readers,
  type ReaderView,
  type Recovery,
  type Silence,
  type SilenceReason,
} from "./reader/index.ts";
export type { LeaseOptions, TargetOptions, TaskNumAllocator } from "./task/index.ts";
export { TargetTakenError } from "./task/claim.ts";
export { memoryAllocator } from "./task/allocators/memory.ts";
export { sqliteAllocator } from "./task/allocators/sqlite.ts";
export { fileSettings, type FileSettingsOptions } from "./spec-files/file-settings.ts";
export {
  type LiveSettings,
  type MetricSettings,
  type ServiceSettings,
  type Settings,
  type SettingsChange,
  SettingsError,
  type SettingsFailure,
  type SettingsInput,
  type SettingsProblem,
  type SettingsSource,
} from "./settings/index.ts";
export type { Flush, FlushCall, FlushOutcome, FlushView } from "./flush/index.ts";
export {
  type BeforeExitOptions,
  shutdownBeforeExit,
  shutdownOnSignals,
  type ShutdownOptions,
  type ShutdownReport,
  type ShutdownSdk,
  type ShutdownTarget,
  type SignalOptions,
  type StepOutcome,
  type StepReport,
} from "./shutdown/index.ts";
export type { DumpOptions } from "./dump/index.ts";
