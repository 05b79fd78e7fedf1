export { type AttachOptions, ReaderAttachedError } from "./attach.ts";
export type { AttachableReader, Collected, CollectOptions, PushExporter } from "./types.ts";
export type { ReaderMode } from "./context.ts";
export { ExportsAbortedError } from "./end.ts";
export type { ExportFailure } from "./figures.ts";
export type { HoldReason } from "./gate.ts";
export type { Recovery, Silence, SilenceReason } from "./silence.ts";
export type { ReaderView } from "./view.ts";
