export {
  type HttpMetricsConfig,
  HttpMetricsInstrumentation,
  type HttpMetricsOptions,
} from "./instrumentation.ts";
export { setHttpRoute } from "./route.ts";
export { serverRequestDuration, type ServerRequestLabels } from "./metrics.ts";
export type { UnfinishedReason } from "./ending.ts";
