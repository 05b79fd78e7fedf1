import type { TargetInput } from "../target.ts";

/** A source of targets. */
export interface TargetSource {
  /** Its kind, for metrics and messages: `file_sd`. */
  readonly kind: string;
  /** How often to call `list`, in milliseconds, unless an answer gives another time. */
  readonly refreshMs: number;
  /** Returns the whole list. If it rejects, the last list stays. */
  list(context: { readonly signal: AbortSignal }): Promise<TargetListing>;
  /**
   * Calls `changed` when the list may have changed.
   * @returns a function that stops watching
   */
  watch?(changed: () => void): () => void;
}

/** One answer of a source. */
export interface TargetListing {
  readonly targets: readonly TargetInput[];
  /** When to call `list` again, in milliseconds. @default the source's `refreshMs` */
  readonly refreshMs?: number;
}

/**
 * The targets of a probe: a list, a function that is called repeatedly, or a source.
 */
export type TargetsInput =
  | readonly TargetInput[]
  | (() => readonly TargetInput[] | Promise<readonly TargetInput[]>)
  | TargetSource;
