import { SILENT_AFTER } from "../shared/silence.ts";

/** Why a reader is silent. */
export type SilenceReason =
  /** Its exports, or the scrapes of it, fail. */
  | "failing"
  /** An export has begun and does not end. */
  | "hanging"
  /** The gate holds its exports: there is no task number. */
  | "held"
  /** It does not export, or nobody scrapes it. */
  | "idle";

/** A reader that has brought nothing through for five intervals. */
export interface Silence {
  readonly reader: string;
  readonly reason: SilenceReason;
  /** The time between its exports, in milliseconds. */
  readonly intervalMs: number;
  /** How long ago its last success was; before the first, how long it has been attached and on. */
  readonly ageMs: number;
  /** Failures since the last success. */
  readonly failures: number;
  /** What the exporter said of the last of them. */
  readonly lastFailure: string | undefined;
}

/** The end of a {@link Silence}. */
export interface Recovery {
  readonly reader: string;
  /** From the last success before to this one. */
  readonly silentMs: number;
}

/** How far a silence has come. */
export interface Spell {
  /** Intervals that passed since the last success; -1 for one of which the reader was not on for a part. */
  readonly missed: number;
  readonly isSilent: boolean;
}

/** The state right after a success. */
export const HEARD: Spell = { missed: 0, isSilent: false };

/** What can happen to a reader's silence. */
export type SpellEvent =
  /** An export got through. */
  | "success"
  /** An export failed. */
  | "failure"
  /** An interval passed. */
  | "interval"
  /** The same, but the process noticed late: it was stopped, and exported nothing meanwhile. */
  | "late_interval"
  /** An interval passed in which the reader may be silent: it is off, in development mode, or ended. */
  | "unwatched";

/**
 * The next state. Intervals are counted, not time: a process that was stopped for an hour has missed
 * one. Nor is it called silent at the moment at which it goes on, but when it then fails or keeps silent.
 */
export function nextSpell({ missed, isSilent }: Spell, event: SpellEvent): Spell {
  switch (event) {
    case "success":
      return HEARD;
    case "unwatched":
      return { missed: -1, isSilent: false };
    case "interval":
      return { missed: missed + 1, isSilent: isSilent || missed + 1 >= SILENT_AFTER };
    case "late_interval":
      return { missed: missed + 1, isSilent };
    case "failure":
      return { missed, isSilent: isSilent || missed >= SILENT_AFTER };
  }
}
