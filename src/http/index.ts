export type { HttpMetricsConfig } from "./http-instrumentation.ts";
export {
  HttpMetricsInstrumentation,
  type HttpMetricsOptions,
} from "./http-metrics-instrumentation.ts";
export type {
  ClientRequestView,
  ClientResponseView,
  DurationsChoice,
  HookLabels,
  HttpBuckets,
  HttpClientMetrics,
  HttpClientOptions,
  HttpServerMetrics,
  HttpServerOptions,
  ServerRequestView,
  ServerResponseView,
  SideOptions,
} from "./options.ts";
export {
  FetchMetricsInstrumentation,
  type FetchMetricsOptions,
} from "./fetch/fetch-instrumentation.ts";
export { setHttpRoute } from "./routes/route.ts";
export { operationRoutes } from "./routes/operations.ts";
export { honoRoute } from "./routes/hono.ts";
export { koaRoute } from "./routes/koa.ts";
export { isProbeRequest } from "./server/ignore.ts";
export { measuredFetch } from "./wrap/measured-fetch.ts";
export {
  type MeasuredHandlerOptions,
  type MeasuringTaskmon,
  measuredHandler,
} from "./wrap/measured-handler.ts";
export { dropUpstreamDurations } from "./drop-upstream-durations.ts";
export {
  type ClientActiveLabels,
  clientActiveRequests,
  type ClientConnectionLabels,
  clientOpenConnections,
  clientRequestBodySize,
  clientRequestDuration,
  type ClientRequestLabels,
  clientResponseBodySize,
  type ServerActiveLabels,
  serverActiveRequests,
  serverRequestBodySize,
  serverRequestDuration,
  type ServerRequestLabels,
  serverResponseBodySize,
} from "./metrics.ts";
export type { UnfinishedReason } from "./server/unfinished-reason.ts";
export type { ClientErrorType } from "./client/client-error-type.ts";
export { isTracingSuppressed } from "./client/suppressed.ts";
export { setUrlTemplate, withUrlTemplate } from "./client/url-template.ts";
