import { InvalidOptionError } from "../shared/errors.ts";
import { choiceOption, optionsObject, textOption } from "../shared/options.ts";

/** A day of the week. */
export type Weekday = "sun" | "mon" | "tue" | "wed" | "thu" | "fri" | "sat";

/** A time window that repeats each week: Monday to Friday, 9:00 to 17:30 in Berlin. */
export interface TimeWindow {
  /** The days on which it begins. @default every day */
  readonly days?: readonly Weekday[];
  /** When it begins, as `HH:MM`. @default "00:00" */
  readonly from?: string;
  /** When it ends, as `HH:MM`; on the next day if that is not after `from`. @default "24:00" */
  readonly to?: string;
  /** The time zone, including daylight saving time: a name of the IANA database. @default "UTC" */
  readonly timeZone?: string;
}

/** Whether a time is inside. */
export type IsInside = (wallTimeMs: number) => boolean;

interface Window {
  readonly days: ReadonlySet<Weekday>;
  readonly from: number;
  readonly to: number;
  readonly clock: (wallTimeMs: number) => LocalTime;
}

interface LocalTime {
  readonly day: Weekday;
  readonly minute: number;
}

const DAYS: readonly [Weekday, ...Weekday[]] = [
  ...(["sun", "mon", "tue", "wed", "thu", "fri", "sat"] as const),
];
const DAY_MINUTES = 1_440;

/**
 * Whether a time is inside one of the windows. Windows begin and end with minutes.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function timeWindows(option: string, windows: readonly TimeWindow[] | undefined): IsInside {
  const given = windows ?? [];
  if (!Array.isArray(given)) throw new InvalidOptionError(option, "a list of windows", windows);
  const compiled = given.map((window: TimeWindow, at) => compile(`${option}[${at}]`, window));
  if (compiled.length === 0) return () => false;
  // This is called at each run of thousands of targets, and the answer changes at most once a minute.
  let minute = Number.NaN;
  let answer = false;
  return (wallTimeMs) => {
    const now = Math.floor(wallTimeMs / 60_000);
    if (now !== minute) {
      minute = now;
      answer = compiled.some((window) => isInside(window, wallTimeMs));
    }
    return answer;
  };
}

function isInside({ days, from, to, clock }: Window, wallTimeMs: number): boolean {
  const { day, minute } = clock(wallTimeMs);
  if (from < to) return days.has(day) && minute >= from && minute < to;
  const before = DAYS[(DAYS.indexOf(day) + 6) % 7]!;
  return (days.has(day) && minute >= from) || (days.has(before) && minute < to);
}

function compile(option: string, window: TimeWindow): Window {
  const given = optionsObject(option, window, ["days", "from", "to", "timeZone"]);
  const days = given.days ?? DAYS;
  if (!Array.isArray(days) || days.length === 0) {
    throw new InvalidOptionError(`${option}.days`, "a list of days", given.days);
  }
  return {
    days: new Set(days.map((day, at) => choiceOption(`${option}.days[${at}]`, day, DAYS))),
    from: minuteOption(`${option}.from`, given.from ?? "00:00", DAY_MINUTES - 1),
    to: minuteOption(`${option}.to`, given.to ?? "24:00", DAY_MINUTES),
    clock: clockOf(`${option}.timeZone`, given.timeZone ?? "UTC"),
  };
}

function minuteOption(option: string, value: unknown, max: number): number {
  const [, hours, minutes] = /^(\d\d):([0-5]\d)$/.exec(textOption(option, value)) ?? [];
  const minute = Number(hours) * 60 + Number(minutes);
  if (!(minute <= max)) throw new InvalidOptionError(option, "a time of the day, HH:MM", value);
  return minute;
}

function clockOf(option: string, timeZone: unknown): Window["clock"] {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat("en-US", {
      ...({ weekday: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const),
      timeZone: textOption(option, timeZone),
    });
  } catch {
    throw new InvalidOptionError(option, "a time zone such as Europe/Berlin", timeZone);
  }
  return (wallTimeMs) => {
    const parts: Partial<Record<Intl.DateTimeFormatPartTypes, string>> = {};
    for (const { type, value } of format.formatToParts(wallTimeMs)) parts[type] = value;
    return {
      day: parts.weekday!.toLowerCase() as Weekday,
      minute: Number(parts.hour) * 60 + Number(parts.minute),
    };
  };
}
