import type { DatabaseSync } from "node:sqlite";
import { TaskmonError } from "../../../shared/errors.ts";
import type {
  Assignment,
  Heartbeat,
  HeartbeatAnswer,
  HousekeepingReport,
  Release,
  TaskListing,
} from "../../allocator.ts";
import { StoreUnavailableError } from "../errors.ts";
import { housekeep, notify, release } from "../ledger.ts";
import { listingOf, sumOf } from "../listing.ts";
import type { Times } from "../slots.ts";
import { fileAt, type LogFiles, logFilesOf } from "./files.ts";
import { openSqlite, prepareDatabase, rollBack, storeName } from "./schema.ts";
import { isBusy } from "./sqlite-error.ts";
import { SlotStatements, SqliteSlots } from "./sqlite-slots.ts";
import { ensureStateFolder, type StateFolder } from "./state-folder.ts";
import type { StoreClock } from "./store-clock.ts";
import { TargetRows } from "./target-rows.ts";

/** Where a store is. */
export interface StoreFile {
  readonly path: string;
  /** Created before the file if it is missing; absent when the user named the file. */
  readonly folder?: StateFolder;
}

/** A connection, and the file that it has open. */
interface Connection {
  readonly db: DatabaseSync;
  readonly inode: string;
  readonly statements: SlotStatements;
  readonly targets: TargetRows;
  isWal: boolean;
  /** Its log and the log's index; undefined until both are there. */
  logs: LogFiles | undefined;
}

/**
 * The task numbers in one SQLite file; synchronous. Opens the file at the first call, after a fault, and
 * when the file, its log or the log's index was deleted or replaced.
 *
 * Every call throws a `TaskmonError`: `ERR_TASKMON_STORE_UNAVAILABLE`, `…_NOT_OURS`, `…_NEWER` or
 * `…_CLOCK`. Nothing is changed then.
 */
export class SqliteStore {
  readonly #file: StoreFile;
  readonly #busyTimeoutMs: number;
  readonly #clock: StoreClock;
  #connection: Connection | undefined;

  constructor(file: StoreFile, busyTimeoutMs: number, clock: StoreClock) {
    this.#file = file;
    this.#busyTimeoutMs = busyTimeoutMs;
    this.#clock = clock;
  }

  notify(
    targetKey: string,
    instanceId: string,
    heartbeat: Heartbeat,
    assign?: Assignment,
  ): HeartbeatAnswer {
    return this.#call(targetKey, (slots, times) =>
      notify(slots, times, instanceId, heartbeat, assign),
    );
  }

  release(targetKey: string, instanceId: string, grant: Release): boolean {
    return this.#call(targetKey, (slots, times) => release(slots, times, instanceId, grant));
  }

  /** For one target, or for all. */
  housekeep(targetKey: string | undefined, limit: number): HousekeepingReport {
    const reports = this.#keys(targetKey).map((key) =>
      this.#call(key, (slots, times) => housekeep(slots, times, limit)),
    );
    return sumOf(reports);
  }

  /** Lists the numbers that are held or resting, of one target or of all. */
  list(targetKey: string | undefined): TaskListing[] {
    return this.#keys(targetKey).flatMap((key) =>
      this.#call(key, (slots, { now, wallTime }) =>
        slots
          .taken()
          .map((slot) => listingOf({ ...slot, target: key, until: wallTime + slot.until! - now })),
      ),
    );
  }

  /** Closes the file. A later call opens it again. */
  close(): void {
    const connection = this.#connection;
    this.#connection = undefined;
    try {
      connection?.db.close();
    } catch {
      // A connection that could not be closed is not used again.
    }
  }

  #keys(targetKey: string | undefined): readonly string[] {
    if (targetKey !== undefined) return [targetKey];
    return this.#attempt(() => this.#open().targets.keys());
  }

  #call<T>(targetKey: string, work: (slots: SqliteSlots, times: Times) => T): T {
    return this.#attempt(() => {
      const answer = this.#transaction(targetKey, work);
      if (this.#isInPlace()) return answer;
      // The file was deleted meanwhile, and the answer with it. Try once more in the new file.
      return this.#transaction(targetKey, work);
    });
  }

  #attempt<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (!isBusy(error)) this.close();
      if (error instanceof TaskmonError) throw error;
      throw new StoreUnavailableError(storeName(this.#file.path), error);
    }
  }

  #transaction<T>(targetKey: string, work: (slots: SqliteSlots, times: Times) => T): T {
    const { db, statements, targets } = this.#open();
    db.exec("BEGIN IMMEDIATE");
    try {
      // Read under the lock, so that the wait for the lock does not count.
      const times = { now: this.#clock.now(), wallTime: this.#clock.wallTime() };
      const name = storeName(this.#file.path);
      const { id, booted } = targets.open(targetKey, this.#clock, times.now, name);
      if (booted) statements.expireAll.run(id);
      const answer = work(new SqliteSlots(statements, targets, id), times);
      db.exec("COMMIT");
      this.#connection!.logs ??= logFilesOf(this.#file.path);
      return answer;
    } catch (error) {
      rollBack(db);
      throw error;
    }
  }

  #open(): Connection {
    if (this.#connection !== undefined && !this.#isInPlace()) this.#leave();
    this.#connection ??= connect(this.#file, this.#busyTimeoutMs);
    if (!this.#connection.isWal) this.#connection.isWal = enterWal(this.#connection.db);
    return this.#connection;
  }

  /**
   * Closes a file that is no longer the one at the path, or that was damaged while open: emptied, or
   * separated from its log or the log's index, so that other processes use another log. On close, SQLite
   * would write its state into such a file, but not into a deleted one. So we delete it: all users notice,
   * and owners get their numbers back by what they report.
   */
  #leave(): void {
    const { path } = this.#file;
    const there = fileAt(path);
    if (there !== undefined && there.inode === this.#connection?.inode) {
      process.getBuiltinModule("node:fs").rmSync(path, { force: true });
    }
    this.close();
  }

  /** Whether the path still leads to the file that is open, not emptied, and with the same log. */
  #isInPlace(): boolean {
    const there = fileAt(this.#file.path);
    const { inode, logs } = this.#connection ?? {};
    if (there === undefined || there.inode !== inode || there.isEmpty) return false;
    if (logs === undefined) return true;
    const now = logFilesOf(this.#file.path);
    return now?.log === logs.log && now.index === logs.index;
  }
}

function connect(file: StoreFile, busyTimeoutMs: number): Connection {
  if (file.folder !== undefined) ensureStateFolder(file.folder);
  const db = openSqlite(file.path);
  try {
    const inode = fileAt(file.path)?.inode;
    prepareDatabase(db, file.path, busyTimeoutMs);
    if (inode === undefined || inode !== fileAt(file.path)?.inode) {
      throw new Error("it was deleted while it was being opened");
    }
    const statements = new SlotStatements(db);
    return { db, inode, statements, targets: new TargetRows(db), isWal: false, logs: undefined };
  } catch (error) {
    db.close();
    throw error;
  }
}

/**
 * Tries to switch the file to a write-ahead log, which saves a heartbeat its waits for the disk. Skipped
 * while others have the file open without one; only speed depends on it.
 */
function enterWal(db: DatabaseSync): boolean {
  try {
    db.exec("PRAGMA journal_mode = WAL");
    return true;
  } catch (error) {
    if (isBusy(error)) return false;
    throw error;
  }
}
