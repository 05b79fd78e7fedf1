import { setTimeout as sleep } from "node:timers/promises";
import {
  isSameReading,
  LOOK_MS,
  type Reading,
  readSettled,
  watchPath,
} from "../../files/settled.ts";
import { messageOf } from "../../shared/errors.ts";
import { optionsObject } from "../../shared/options.ts";
import { createReporter } from "../../shared/report.ts";
import { DuplicateServiceRegistrationError } from "../errors.ts";
import type { Monitor } from "../monitor.ts";
import type { MonitorEntry } from "./entry.ts";
import { type LoadMonitorsOptions, type MonitorText, parseMonitors } from "./load.ts";

/** The names of the services that a change of the files added, replaced and removed. */
export interface MonitorsChange {
  readonly added: readonly string[];
  /** Their declaration changed. They start again with the state `unknown`. */
  readonly replaced: readonly string[];
  readonly removed: readonly string[];
}

/** Options of {@link watchMonitors}. */
export interface WatchMonitorsOptions extends LoadMonitorsOptions {
  /** Called when the files changed services, including at the first load. */
  readonly onApplied?: (change: MonitorsChange) => void;
  /**
   * Called when a change was rejected as a whole: because of a `SpecFileError`, or a name that your code
   * already uses.
   */
  readonly onRefused?: (error: unknown) => void;
  /** How often the files are checked, in milliseconds. @default 1000 */
  readonly lookMs?: number;
}

/** Keeps a monitor up to date with files. */
export interface MonitorsWatch extends Disposable {
  /** Reads the files now. Resolves to true if they are valid or unchanged. Never rejects. */
  reload(): Promise<boolean>;
  /** Stops watching the files; the services stay. Idempotent. */
  close(): void;
}

/**
 * Adds the services of files to a monitor, all or none. Services with an unchanged declaration stay; services
 * that are gone from the files are removed.
 * @param before the previous declarations @default none
 * @throws DuplicateServiceRegistrationError `ERR_TASKMON_DUPLICATE_SERVICE_REGISTRATION` if your code has
 *   added a service of the same name; the monitor then stays as it was
 */
export function applyMonitors(
  monitor: Monitor,
  entries: readonly MonitorEntry[],
  before: readonly MonitorEntry[] = [],
): MonitorsChange {
  const known = new Map(before.map((entry) => [entry.name, entry]));
  const taken = new Set(monitor.names());
  for (const { name } of entries) {
    if (taken.has(name) && !known.has(name)) throw new DuplicateServiceRegistrationError(name);
  }
  const wanted = new Set(entries.map(({ name }) => name));
  const removed = before.map(({ name }) => name).filter((name) => !wanted.has(name));
  const changed = entries.filter(({ name, declaration }) => {
    const isThere = known.get(name)?.declaration === declaration && taken.has(name);
    return !isThere;
  });
  for (const name of removed) monitor.remove(name);
  for (const { name, options } of changed) {
    monitor.remove(name);
    monitor.add(name, options);
  }
  const names = changed.map(({ name }) => name);
  return {
    added: names.filter((name) => !known.has(name)),
    replaced: names.filter((name) => known.has(name)),
    removed,
  };
}

/**
 * Adds the services of files to a monitor and follows changes: files may be replaced, written in place, or
 * swapped by a symbolic link, as Kubernetes does. A change with any problem is rejected as a whole and
 * reported; the services stay as they were.
 *
 * @param files paths, from the working directory
 * @throws SpecFileError `ERR_TASKMON_SPEC_FILE` with all problems, if the files are invalid at the first
 *   load
 * @throws DuplicateServiceRegistrationError `ERR_TASKMON_DUPLICATE_SERVICE_REGISTRATION`
 */
export async function watchMonitors(
  monitor: Monitor,
  files: string | readonly string[],
  options?: WatchMonitorsOptions,
): Promise<MonitorsWatch> {
  const given = optionsObject("watchMonitors", options, [
    ...(["types", "onApplied", "onRefused", "lookMs"] as const),
  ]);
  const followed = new FollowedFiles(monitor, [files].flat(), given);
  await followed.begin();
  return followed;
}

class FollowedFiles implements MonitorsWatch {
  readonly #monitor: Monitor;
  readonly #files: readonly string[];
  readonly #options: WatchMonitorsOptions;
  readonly #report = createReporter("monitor");
  readonly #ends: (() => void)[] = [];
  #readings: readonly Reading[] = [];
  #entries: readonly MonitorEntry[] = [];
  #isRight = true;
  /** The reported cause of the last rejected change. */
  #refused: string | undefined;
  #underWay: Promise<void> = Promise.resolve();

  constructor(monitor: Monitor, files: readonly string[], options: WatchMonitorsOptions) {
    this.#monitor = monitor;
    this.#files = files;
    this.#options = options;
  }

  async begin(): Promise<void> {
    await this.#read();
    for (const file of this.#files) {
      const lookMs = this.#options.lookMs ?? LOOK_MS;
      this.#ends.push(watchPath(file, lookMs, () => void this.reload(), true));
    }
  }

  async reload(): Promise<boolean> {
    this.#underWay = this.#underWay.then(() => this.#reload());
    await this.#underWay;
    return this.#isRight;
  }

  close(): void {
    for (const end of this.#ends.splice(0)) end();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #reload(): Promise<void> {
    try {
      await this.#read();
      if (this.#refused !== undefined) {
        this.#report.recovered(this.#refused, "The monitor files are valid again");
      }
      this.#refused = undefined;
    } catch (error) {
      this.#refused = messageOf(error);
      this.#report.warnOnce(this.#refused, "A change of the monitor files was rejected", error);
      this.#call(() => this.#options.onRefused?.(error));
    }
  }

  /** Throws if the files are invalid. */
  async #read(): Promise<void> {
    const readings = await Promise.all(
      this.#files.map((file, at) => readSettled(file, this.#readings[at], sleep)),
    );
    if (readings.every((reading, at) => isSameReading(reading, this.#readings[at]))) return;
    this.#readings = readings;
    this.#isRight = false;
    const { types } = this.#options;
    const texts = readings.map((reading, at) => textOf(this.#files[at]!, reading));
    const entries = parseMonitors(texts, types === undefined ? {} : { types });
    const change = applyMonitors(this.#monitor, entries, this.#entries);
    this.#entries = entries;
    this.#isRight = true;
    this.#call(() => this.#options.onApplied?.(change));
  }

  #call(callback: () => void): void {
    try {
      callback();
    } catch (error) {
      this.#report.errorOnce("callback", "A callback of watchMonitors threw", error);
    }
  }
}

function textOf(file: string, reading: Reading): MonitorText {
  if ("text" in reading) return { file, text: reading.text };
  return { file, line: 1, column: 1, message: reading.problem };
}
