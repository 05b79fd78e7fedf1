export {
  allocatorLawNames,
  allocatorLaws,
  type AllocatorLawsOptions,
  type AllocatorSubject,
  type SkippedLaw,
  type TestFunction,
} from "./allocator-laws.ts";
export { manualClock, type ManualClock, type ManualClockOptions } from "./manual-clock.ts";
export {
  probeLawNames,
  probeLaws,
  type ProbeLawsOptions,
  type ProbeSubject,
} from "./probe-laws.ts";
export {
  triggerLawNames,
  triggerLaws,
  type TriggerLawsOptions,
  type TriggerSubject,
} from "./trigger-laws.ts";
