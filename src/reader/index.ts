export { type AttachOptions, ReaderAttachedError } from "./attach.ts";
export type { AttachableReader, Collected, CollectOptions, PushExporter } from "./types.ts";
export type { HoldReason } from "./gate.ts";
export type { ReaderView } from "./attached.ts";
