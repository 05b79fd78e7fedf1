export {
  type Observation,
  type Probe,
  PROBE_PHASES,
  type ProbeContext,
  type ProbeMeasurement,
  type ProbeMetric,
  type ProbePhase,
  type ProbeResult,
  type Target,
  type Validation,
  type Validator,
} from "./contract.ts";
export { ProbeError, type ProbeErrorType } from "./errors.ts";
export { type TargetInput, targetOf } from "./target.ts";
export { createStatsKeeper, StatsKeeper } from "./stats/keeper.ts";
export type { StatsKeeperOptions, StatsOptions } from "./stats/options.ts";
export type {
  ProbeOutcome,
  Refusal,
  RefusalReason,
  ReportedResult,
  StatsResult,
} from "./stats/result.ts";
export type { ProbeNaming } from "./naming/create-naming.ts";
export { type MetricProducer, metricProducer } from "./metric-producer.ts";
