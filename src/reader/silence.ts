import { SILENT_AFTER } from "../shared/silence.ts";

/** Why a reader is silent. */
export type SilenceReason =
  /** Its exports or scrapes fail. */
  | "failing"
  /** An export has begun and does not end. */
  | "hanging"
  /** The gate holds its exports: there is no task number. */
  | "held"
  /** It does not export, or nobody scrapes it. */
  | "idle";

/** A reader has exported nothing successfully for five intervals. */
export interface Silence {
  readonly reader: string;
  readonly reason: SilenceReason;
  /** The time between its exports, in milliseconds. */
  readonly intervalMs: number;
  /** The time since its last success, or before the first one the time since it was attached and on. */
  readonly ageMs: number;
  /** Failures since the last success. */
  readonly failures: number;
  /** The error of the last failure. */
  readonly lastFailure: string | undefined;
}

/** The end of a {@link Silence}. */
export interface Recovery {
  readonly reader: string;
  /** The time from the previous success to this one. */
  readonly silentMs: number;
}

/** The state of a silence. */
export interface Spell {
  /** Intervals since the last success. -1 means that the reader was not on for a part of the interval. */
  readonly missed: number;
  readonly isSilent: boolean;
}

/** The state right after a success. */
export const HEARD: Spell = { missed: 0, isSilent: false };

/** The events of a silence. */
export type SpellEvent =
  /** An export got through. */
  | "success"
  /** An export failed. */
  | "failure"
  /** An interval passed. */
  | "interval"
  /** The same, but the timer was late: the process was paused and could not export. */
  | "late_interval"
  /** An interval passed in which the reader may be silent: it is off, in development mode, or ended. */
  | "unwatched";

/**
 * Returns the next state. It counts intervals, not time: a process that was paused for an hour has missed one
 * interval. It is not called silent when it resumes, but only if it then fails or stays silent.
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
