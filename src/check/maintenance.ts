import { InvalidOptionError } from "../shared/errors.ts";
import { optionsObject } from "../shared/options.ts";

/** A time in which checks still run and are measured, but do not count. */
export interface MaintenanceWindow {
  /** Names of checks. @default all */
  readonly checks?: readonly string[];
  /** By the wall clock. @default now */
  readonly from?: Date;
  /** By the wall clock. @default until you end the window */
  readonly until?: Date;
}

/** Maintenance windows with fixed dates. Weekly windows are in `time-windows.ts`. */
export class Maintenance {
  readonly #windows = new Set<MaintenanceWindow>();

  /**
   * Adds a window.
   * @returns a function that ends it
   * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
   */
  add(window: MaintenanceWindow): () => void {
    const given = optionsObject("maintenance", window, ["checks", "from", "until"]);
    for (const key of ["from", "until"] as const) {
      const date = given[key];
      if (date !== undefined && !(date instanceof Date && Number.isFinite(date.getTime()))) {
        throw new InvalidOptionError(`maintenance.${key}`, "a Date", date);
      }
    }
    const kept = { ...given };
    this.#windows.add(kept);
    return () => void this.#windows.delete(kept);
  }

  /** Whether a check is under maintenance at `wallTime`. Forgets windows that have ended. */
  covers(check: string, wallTime: number): boolean {
    let covered = false;
    for (const window of this.#windows) {
      const { checks, from, until } = window;
      if (until !== undefined && until.getTime() <= wallTime) this.#windows.delete(window);
      else if (from !== undefined && from.getTime() > wallTime) continue;
      else if (checks === undefined || checks.includes(check)) covered = true;
    }
    return covered;
  }
}
