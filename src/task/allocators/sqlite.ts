import { resolve } from "node:path";
import { InvalidOptionError } from "../../shared/errors.ts";
import {
  booleanOption,
  choiceOption,
  integerOption,
  optionsObject,
  textOption,
} from "../../shared/options.ts";
import type { Assignment } from "../allocator.ts";
import { SqliteAllocator, type StoreFiles } from "./sqlite/allocator.ts";
import { perTarget } from "./sqlite/per-target.ts";
import { CallingThread } from "./sqlite/calling-thread.ts";
import { OwnThread } from "./sqlite/own-thread.ts";
import { checkFile } from "./sqlite/schema.ts";
import { systemStoreClock } from "./sqlite/store-clock.ts";

export type { SqliteAllocator } from "./sqlite/allocator.ts";

/** Options of {@link sqliteAllocator}. */
export interface SqliteAllocatorOptions {
  /**
   * The database file, on a disk of this host; the first call creates it if it is missing. Several targets
   * can share it. @default one file per target in `TASKMON_STATE_DIR`, else in `XDG_STATE_HOME/taskmon`,
   * else in `taskmon-<user id>` in the system's temporary folder
   */
  readonly file?: string;
  /**
   * How long a call waits for other processes that use the file, in milliseconds, 0 to 60,000. The
   * caller's own timeout may end it earlier. @default 2000, or 25 without a thread
   */
  readonly busyTimeoutMs?: number;
  /**
   * Whether the database work runs in its own thread. Without the thread, each heartbeat blocks the program
   * for as long as the disk and `busyTimeoutMs` take. For programs bundled into one file, where the
   * thread's module cannot be found. @default true
   */
  readonly thread?: boolean;
  /** When numbers are assigned. @default "in-band" */
  readonly assign?: Assignment;
}

/**
 * Shares numbers among the processes of one host through a SQLite file (`node:sqlite`).
 *
 * While the file is locked, full, read-only, damaged or deleted, calls reject, and each process keeps its
 * number. If you pass `file`, it is checked at once as far as possible (on Node.js 22 this prints the
 * warning that `node:sqlite` is experimental).
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 * @throws StoreUnavailableError `ERR_TASKMON_STORE_UNAVAILABLE`: `file` cannot be opened or created
 * @throws StoreNotOursError `ERR_TASKMON_STORE_NOT_OURS`: `file` holds something else
 * @throws StoreNewerError `ERR_TASKMON_STORE_NEWER`: `file` comes from a newer version of this package
 */
export function sqliteAllocator(options?: SqliteAllocatorOptions): SqliteAllocator {
  const given = optionsObject("sqliteAllocator", options, [
    "file",
    "busyTimeoutMs",
    "thread",
    "assign",
  ]);
  const hasThread = booleanOption("sqliteAllocator.thread", given.thread, true);
  const busyTimeoutMs = integerOption("sqliteAllocator.busyTimeoutMs", given.busyTimeoutMs, {
    min: 0,
    max: 60_000,
    default: hasThread ? 2_000 : 25,
  });
  const files = given.file === undefined ? perTarget(process.env) : named(given.file);
  return new SqliteAllocator(
    files,
    hasThread ? new OwnThread(busyTimeoutMs) : new CallingThread(busyTimeoutMs, systemStoreClock()),
    choiceOption("sqliteAllocator.assign", given.assign, ["in-band", "housekeeping"]),
  );
}

function named(file: string): StoreFiles {
  const path = textOption("sqliteAllocator.file", file, 4_096);
  if (path === ":memory:" || path.startsWith("file:")) {
    throw new InvalidOptionError("sqliteAllocator.file", "the path of a file", file);
  }
  const location = { path: resolve(path) };
  checkFile(location.path);
  return { of: () => location, all: () => [location] };
}
