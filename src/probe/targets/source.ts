import type { TargetInput } from "../target.ts";

/** Where targets come from. */
export interface TargetSource {
  /** What kind it is, for metrics and messages: `file_sd`. */
  readonly kind: string;
  /** How often to ask, in milliseconds, unless an answer says otherwise. */
  readonly refreshMs: number;
  /** Gives the whole list. Where it rejects, the last list stays. */
  list(context: { readonly signal: AbortSignal }): Promise<TargetListing>;
  /**
   * Calls `changed` when the list may be another.
   * @returns a function that ends it
   */
  watch?(changed: () => void): () => void;
}

/** One answer of a source. */
export interface TargetListing {
  readonly targets: readonly TargetInput[];
  /** When to ask again, in milliseconds. @default as the source says */
  readonly refreshMs?: number;
}

/**
 * The targets of a probe: a list, a function that is asked again and again, or a source of them.
 */
export type TargetsInput =
  | readonly TargetInput[]
  | (() => readonly TargetInput[] | Promise<readonly TargetInput[]>)
  | TargetSource;
