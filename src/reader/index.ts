export { type AttachOptions, ReaderAttachedError } from "./attach.ts";
export type { AttachableReader, Collected, CollectOptions } from "./types.ts";
export type { HoldReason } from "./gate.ts";
