export { type AttachOptions, ReaderAttachedError } from "./attach.ts";
export type { Collected } from "../points/types.ts";
export type { AttachableReader, CollectOptions, PushExporter } from "../sdk/types.ts";
export type { ReaderMode } from "./context.ts";
export { ExportsAbortedError } from "./last-export.ts";
export type { ExportFailure } from "./export-figures.ts";
export type { HoldReason } from "./gate.ts";
export type { Recovery, Silence, SilenceReason } from "./silence.ts";
export type { ReaderView } from "./reader-view.ts";
