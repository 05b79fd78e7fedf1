export type { Flush } from "./flush.ts";
export type { FlushCall, FlushOutcome, FlushView } from "./flusher.ts";
export { flushFetch, type FlushFetchOptions } from "./handlers/fetch.ts";
export { flushLambda } from "./handlers/lambda.ts";
export { flushHandler, flushMiddleware } from "./handlers/node.ts";
export type { FlushTarget, NodeResponse, RequestFlush } from "./handlers/target.ts";
export type { FlushResult } from "./policy.ts";
