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
export { createProbes, type ProbeEvents, type Probes } from "./probe-registry.ts";
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
export { createStatsKeeper, type StatsKeeper } from "./stats/keeper.ts";
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
// Probes, validators, blackbox.
export { type DnsDetails, dnsProbe, type DnsProbeOptions } from "./probes/dns.ts";
export { type ExecDetails, execProbe, type ExecProbeOptions } from "./probes/exec.ts";
export {
  type FunctionAnswer,
  functionProbe,
  type FunctionProbeOptions,
} from "./probes/function.ts";
export { type GrpcDetails, grpcProbe, type GrpcProbeOptions } from "./probes/grpc.ts";
export type { ServingStatus } from "./probes/grpc/call.ts";
export { type HttpDetails, httpProbe, type HttpProbeOptions } from "./probes/http.ts";
export { type PingDetails, pingProbe, type PingProbeOptions } from "./probes/ping.ts";
export {
  type PostgresClientLike,
  postgresProbe,
  type PostgresProbeOptions,
} from "./probes/postgres.ts";
export { type RedisClientLike, redisProbe, type RedisProbeOptions } from "./probes/redis.ts";
export { type TcpDetails, tcpProbe, type TcpProbeOptions } from "./probes/tcp.ts";
export type { ConversationDetails, TcpStep } from "./probes/conversation.ts";
export { type TlsProbeDetails, tlsProbe, type TlsProbeOptions } from "./probes/tls.ts";
export type { CertificateDetails, TlsDetails } from "./net/certificate.ts";
export type { DialOptions } from "./net/dial-options.ts";
export type { RecordClass, RecordType } from "./net/dns/codes.ts";
export type { DnsAnswer, DnsRecord } from "./net/dns/message.ts";
export {
  type AddressFamily,
  createResolver,
  type ProbeResolver,
  type ResolvedAddress,
  type ResolverOptions,
} from "./net/resolver.ts";
export type { SearchList } from "./net/search-list.ts";
export type { ProbeTlsOptions } from "./net/secure.ts";
export { bodyValidator, type BodyValidatorOptions } from "./validators/body.ts";
export {
  certificateValidator,
  type CertificateValidatorOptions,
} from "./validators/certificate.ts";
export { digestValidator } from "./validators/digest.ts";
export { headerValidator, type HeaderValidatorOptions } from "./validators/header.ts";
export { jsonValidator, type JsonValidatorOptions } from "./validators/json.ts";
export {
  lastModifiedValidator,
  type LastModifiedValidatorOptions,
} from "./validators/last-modified.ts";
export { latencyValidator, type LatencyValidatorOptions } from "./validators/latency.ts";
export { repeatsValidator } from "./validators/repeats.ts";
export type { SchemaIssue, SchemaResult, StandardSchema } from "./validators/standard-schema.ts";
export { type StatusRange, statusValidator } from "./validators/status.ts";
export type { AllowOption } from "./blackbox/allow.ts";
export { BlackboxConfigError } from "./blackbox/config-error.ts";
export {
  blackboxHandler,
  type BlackboxOptions,
  blackboxResponder,
  type BlackboxRun,
} from "./blackbox/handler.ts";
export type { NodeHandler } from "../serve/node.ts";
export type { Answer, Asked, Respond } from "../serve/answer.ts";
