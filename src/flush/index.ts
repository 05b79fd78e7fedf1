export {
  type FlushCall,
  Flusher,
  type FlusherOptions,
  type FlushOutcome,
  type FlushSettings,
  type FlushView,
} from "./flusher.ts";
export { flushFetch, type FlushFetchOptions } from "./handlers/fetch.ts";
export { flushLambda } from "./handlers/lambda.ts";
export { flushHandler, flushMiddleware } from "./handlers/node.ts";
export type { FlushTarget, NodeResponse } from "./handlers/target.ts";
export { flushMetrics } from "./metrics.ts";
export type { FlushResult } from "./policy.ts";
