import type { Goal } from "./results.ts";

/** One of several ways to do the same. */
export interface Contender {
  readonly name: string;
  /**
   * Does it `count` times. The loop is each contender's own, so that V8 sees one call site for each,
   * as in a program; what it does must leave a trace, or V8 may leave it out.
   */
  readonly run: (count: number) => void | Promise<void>;
  /** Called before every run, and not measured. */
  readonly before?: () => void;
  /** What else was seen of the last run, by the names of figures with their units: `longest stall, ms`. */
  readonly seen?: () => Readonly<Record<string, number>>;
  /** How many operations left their trace so far; where there is none, that is not checked. */
  readonly counted?: () => Promise<number>;
  readonly goals?: readonly Goal[];
}

/** Contenders that are measured beside each other, in a process that has nothing else to do. */
export interface Group {
  readonly name: string;
  readonly note?: string;
  /** The contender that the others are compared with. */
  readonly baseline: string;
  readonly contenders: readonly Contender[];
  /** Whether to measure the bytes that an operation allocates. Only for operations without `await`. */
  readonly bytes?: boolean;
  /** Of the time of an operation. @default "ns" */
  readonly unit?: "ns" | "ms";
  /** Operations in each run. @default as many as fill a round */
  readonly operations?: number;
}
