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
export {
  ProbeAlreadyAddedError,
  ProbeError,
  type ProbeErrorType,
  ProbeNotFoundError,
  ProbeNotRunningError,
} from "./errors.ts";
export { createProbes, type ProbeEvents, Probes } from "./probe-registry.ts";
export type { ProbesOptions } from "./options.ts";
export type { ProbeOptions } from "./probe-options.ts";
export type { ProbeState, TargetResult } from "./target-run.ts";
export type { CheckQuorum } from "./verdict.ts";
export type { TimeWindow, Weekday } from "../check/time-windows.ts";
export type { TargetListing, TargetSource, TargetsInput } from "./targets/source.ts";
export { type DnsTargetsOptions, dnsTargets, type NameResolver } from "./targets/dns-targets.ts";
export { type FileTargetsOptions, fileTargets } from "./targets/file-targets.ts";
export { type HttpTargetsOptions, httpTargets } from "./targets/http-targets.ts";
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
