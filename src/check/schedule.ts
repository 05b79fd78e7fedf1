import { seeded } from "./seeded.ts";

/** How often a check runs. */
export interface ScheduleSpec {
  /** The time from one run to the next, in milliseconds. */
  readonly intervalMs: number;
  /** The same while results contradict the status, that is, before it changes. */
  readonly failingIntervalMs: number;
  /** The same while the status is `fail`. */
  readonly downIntervalMs: number;
  /** The shortest time from the start to the first run, in milliseconds. */
  readonly initialDelayMs: number;
  /**
   * The share of an interval, from 0 to less than 1, by which runs are delayed at random. With any jitter
   * the phase is random too; with 0 the schedule is exact.
   */
  readonly jitter: number;
  /** Decides the jitter; equal seeds give equal schedules. */
  readonly seed: number;
}

/** Which of the intervals applies. */
export type Pace = "steady" | "failing" | "down";

/** A run to come. */
export interface Slot {
  /** The run's point on the fixed grid of intervals. */
  readonly slotMs: number;
  /** When to run: the grid point plus jitter. */
  readonly atMs: number;
}

/** The longest jitter of the first run: nothing is known before it, so it should not be late. */
const MAX_FIRST_JITTER_MS = 1_000;

/** The first run of a schedule that starts at `startMs`. */
export function firstSlot(spec: ScheduleSpec, startMs: number): Slot {
  const spread = Math.min(spec.jitter * spec.intervalMs, MAX_FIRST_JITTER_MS);
  const atMs = startMs + spec.initialDelayMs + seeded(spec.seed, 0) * spread;
  return { slotMs: atMs, atMs };
}

/**
 * The run after the one of `lastSlotMs`: the next point of the pace's grid after `nowMs`. The grids start from the
 * first slot, so delays never add up. Points that have passed are `dropped`, not repeated later.
 */
export function nextSlot(
  spec: ScheduleSpec,
  firstSlotMs: number,
  lastSlotMs: number,
  nowMs: number,
  pace: Pace,
): Slot & { readonly dropped: number } {
  const intervalMs = intervalOf(spec, pace);
  const phase = firstSlotMs + phaseMs(spec, intervalMs);
  // The second run comes half an interval to one and a half intervals after the first, to spread the phases.
  const after = lastSlotMs === firstSlotMs ? phase : lastSlotMs;
  const due = pointAfter(phase, intervalMs, after);
  const index = nowMs < phase + due * intervalMs ? due : pointAfter(phase, intervalMs, nowMs);
  const slotMs = phase + index * intervalMs;
  return {
    slotMs,
    atMs: slotMs + seeded(spec.seed, index) * spec.jitter * intervalMs,
    dropped: index - due,
  };
}

/** The interval that applies at a pace. */
export function intervalOf(spec: ScheduleSpec, pace: Pace): number {
  if (pace === "failing") return spec.failingIntervalMs;
  return pace === "down" ? spec.downIntervalMs : spec.intervalMs;
}

/** How far the grid is shifted from the first slot: up to half an interval back or forth. */
function phaseMs(spec: ScheduleSpec, intervalMs: number): number {
  return spec.jitter === 0 ? 0 : (seeded(spec.seed, -1) - 0.5) * intervalMs;
}

/** The number of the first grid point that is later than `timeMs`. */
function pointAfter(phase: number, intervalMs: number, timeMs: number): number {
  let index = Math.floor((timeMs - phase) / intervalMs) + 1;
  // Division rounds; the comparisons decide.
  while (phase + index * intervalMs <= timeMs) index++;
  while (phase + (index - 1) * intervalMs > timeMs) index--;
  return index;
}
