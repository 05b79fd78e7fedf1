export { type BeforeExitOptions, shutdownBeforeExit } from "./before-exit.ts";
export type { ShutdownReport } from "./ending.ts";
export type { ShutdownOptions } from "./options.ts";
export type { StepOutcome, StepReport } from "./sequence.ts";
export {
  type ShutdownSdk,
  type ShutdownTarget,
  shutdownOnSignals,
  type SignalOptions,
} from "./signals.ts";
