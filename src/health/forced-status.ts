import type { Status } from "../check/result.ts";
import { InvalidOptionError } from "../shared/errors.ts";
import { optionsObject, textOption } from "../shared/options.ts";

/** A time in which checks run, and are measured, but count for nothing. */
export interface MaintenanceWindow {
  /** Names of checks. @default all */
  readonly checks?: readonly string[];
  /** By the wall clock. @default now */
  readonly from?: Date;
  /** By the wall clock. @default until the window is ended */
  readonly until?: Date;
}

/** What an operator said that a check or a group is. */
export interface Forced {
  readonly status: Exclude<Status, "unknown">;
  readonly reason: string;
}

/** What is laid over the results of checks: maintenance windows, and what operators said. */
export class ForcedStatus {
  readonly #windows = new Set<MaintenanceWindow>();
  readonly #checks = new Map<string, Forced>();
  readonly #groups = new Map<string, Forced>();

  /** @returns a function that ends the window */
  maintain(window: MaintenanceWindow): () => void {
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

  /** Whether a check is under maintenance at `wallTime`. Forgets windows that are over. */
  maintained(check: string, wallTime: number): boolean {
    let covered = false;
    for (const window of this.#windows) {
      const { checks, from, until } = window;
      if (until !== undefined && until.getTime() <= wallTime) this.#windows.delete(window);
      else if (from !== undefined && from.getTime() > wallTime) continue;
      else if (checks === undefined || checks.includes(check)) covered = true;
    }
    return covered;
  }

  /** @returns a function that ends it, unless something else was said meanwhile */
  force(of: "check" | "group", name: string, status: unknown, reason: unknown): () => void {
    if (status !== "pass" && status !== "warn" && status !== "fail") {
      throw new InvalidOptionError("status", "pass, warn or fail", status);
    }
    const forced: Forced = { status, reason: textOption("reason", reason) };
    const all = of === "check" ? this.#checks : this.#groups;
    all.set(name, forced);
    return () => {
      if (all.get(name) === forced) all.delete(name);
    };
  }

  forcedCheck(name: string): Forced | undefined {
    return this.#checks.get(name);
  }

  forcedGroup(name: string): Forced | undefined {
    return this.#groups.get(name);
  }
}
