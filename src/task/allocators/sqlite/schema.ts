import { dirname } from "node:path";
import type * as Sqlite from "node:sqlite";
import type { DatabaseSync } from "node:sqlite";
import { StoreNewerError, StoreNotOursError, StoreUnavailableError } from "../errors.ts";
import { isBusy, isNotADatabase } from "./sqlite-error.ts";

/** Marks a database as ours in its header: "TskN". */
export const APPLICATION_ID = 0x54_73_6b_4e;

/** What each version of the schema adds. A released step never changes. */
const STEPS: readonly string[] = [
  `
  CREATE TABLE target (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    last_epoch INTEGER NOT NULL,
    boot_id TEXT NOT NULL,
    clock_ms REAL NOT NULL
  ) STRICT;
  CREATE TABLE task (
    target INTEGER NOT NULL,
    num INTEGER NOT NULL CHECK (num >= 0),
    instance TEXT,
    epoch INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    until_ms REAL,
    PRIMARY KEY (target, num)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE claim (
    id INTEGER PRIMARY KEY,
    target INTEGER NOT NULL,
    instance TEXT NOT NULL,
    seq INTEGER NOT NULL,
    until_ms REAL NOT NULL,
    max_tasks INTEGER NOT NULL,
    UNIQUE (target, instance)
  ) STRICT;
  CREATE INDEX claim_by_age ON claim (target, id);
  CREATE UNIQUE INDEX task_by_instance ON task (target, instance) WHERE instance IS NOT NULL;
  CREATE INDEX task_available ON task (target, num) WHERE until_ms IS NULL;
  CREATE INDEX task_by_end ON task (target, until_ms) WHERE until_ms IS NOT NULL;
  PRAGMA application_id = ${APPLICATION_ID};
`,
  // See TargetMemory; all null until a target's first heartbeat.
  `
  ALTER TABLE target ADD COLUMN sure_from INTEGER;
  ALTER TABLE target ADD COLUMN settles_until_ms REAL;
  ALTER TABLE target ADD COLUMN hold_ms REAL;
  ALTER TABLE target ADD COLUMN former_hold_ms REAL;
  ALTER TABLE target ADD COLUMN span_until_ms REAL;
  UPDATE target SET sure_from = 0, settles_until_ms = 0, hold_ms = 0, former_hold_ms = 0,
    span_until_ms = 0;
`,
  // The grant's epoch, and where its owner has its status page.
  `
  ALTER TABLE task ADD COLUMN admin_url TEXT;
`,
];

/** The version of the schema that the steps lead to. */
export const SCHEMA_VERSION: number = STEPS.length;

/**
 * `node:sqlite`, loaded at the first use: on Node.js 22 loading it prints a warning, which should not
 * appear when a thread does the database work.
 */
export function openSqlite(path: string): DatabaseSync {
  // Absent before Node.js 22.13; `npx` runs whatever Node.js it finds.
  const sqlite = process.getBuiltinModule("node:sqlite") as typeof Sqlite | undefined;
  if (sqlite === undefined) {
    throw new Error(`Node.js ${process.version} has no node:sqlite; use 22.15 or later`);
  }
  return new sqlite.DatabaseSync(path);
}

/** What people call the store of a file. */
export function storeName(path: string): string {
  return `SQLite file ${path}`;
}

/**
 * Prepares an open database for use; creates our schema if it is empty.
 * @throws StoreNotOursError, StoreNewerError, or an error of SQLite
 */
export function prepareDatabase(db: DatabaseSync, path: string, busyTimeoutMs: number): void {
  db.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
  if (inspect(db, path) !== SCHEMA_VERSION) migrate(db, path);
  db.exec("PRAGMA synchronous = NORMAL");
}

/**
 * Checks a file that the user named, without creating or changing anything. A missing file passes if it can
 * be created; a locked file passes, because locks go away.
 * @throws StoreUnavailableError, StoreNotOursError or StoreNewerError
 */
export function checkFile(path: string): void {
  try {
    if (!canBeRead(path)) return;
    const db = openSqlite(path);
    try {
      inspect(db, path);
    } finally {
      db.close();
    }
  } catch (error) {
    if (error instanceof StoreNotOursError || error instanceof StoreNewerError) throw error;
    if (!isBusy(error)) throw new StoreUnavailableError(storeName(path), error);
  }
}

/** Whether there is a file that is not empty. Throws if the file or its folder cannot be used. */
function canBeRead(path: string): boolean {
  // Not opened with node:fs: closing a file that way drops the locks that SQLite has on it in this
  // process (https://sqlite.org/howtocorrupt.html, section 2.2).
  const { accessSync, constants, statSync } = process.getBuiltinModule("node:fs");
  const stats = statSync(path, { throwIfNoEntry: false });
  accessSync(dirname(path), constants.W_OK | constants.X_OK);
  if (stats === undefined) return false;
  if (!stats.isFile()) throw new Error("it is not a file");
  accessSync(path, constants.R_OK | constants.W_OK);
  return stats.size > 0;
}

/** The schema's version, 0 for an empty database. Throws if the database is not ours or is newer. */
function inspect(db: DatabaseSync, path: string): number {
  // One transaction: another process may create the tables between two reads.
  db.exec("BEGIN");
  try {
    return inspectWithin(db, path);
  } finally {
    rollBack(db);
  }
}

/** The same within a transaction. */
function inspectWithin(db: DatabaseSync, path: string): number {
  try {
    const applicationId = pragma(db, "application_id");
    const version = pragma(db, "user_version");
    if (applicationId === APPLICATION_ID) {
      if (version <= SCHEMA_VERSION) return version;
      throw new StoreNewerError(storeName(path), version, SCHEMA_VERSION);
    }
    const isEmpty = db.prepare("SELECT 1 FROM sqlite_schema LIMIT 1").get() === undefined;
    if (applicationId === 0 && version === 0 && isEmpty) return 0;
  } catch (error) {
    if (!isNotADatabase(error)) throw error;
    throw new StoreNotOursError(storeName(path), "it is not a SQLite database");
  }
  throw new StoreNotOursError(storeName(path), "it is the database of another program");
}

/** Migrates the database to the current version, in one transaction. */
function migrate(db: DatabaseSync, path: string): void {
  db.exec("BEGIN EXCLUSIVE");
  try {
    // Another process may have done it first.
    const found = inspectWithin(db, path);
    if (found === 0) removeOrphans(path);
    if (found < SCHEMA_VERSION) {
      for (const step of STEPS.slice(found)) db.exec(step);
      db.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
    }
    db.exec("COMMIT");
  } catch (error) {
    rollBack(db);
    throw error;
  }
}

/**
 * Removes the shared-memory file of a database that was deleted while processes used it. They still have it
 * open, and a new database would read their index from it. No process can have it open for the new file,
 * which is empty and exclusively locked.
 */
function removeOrphans(path: string): void {
  const { rmSync, statSync } = process.getBuiltinModule("node:fs");
  if (statSync(path).size !== 0) return;
  rmSync(`${path}-shm`, { force: true });
  rmSync(`${path}-wal`, { force: true });
}

/** Rolls a failed transaction back, if SQLite has not done so itself. */
export function rollBack(db: DatabaseSync): void {
  try {
    db.exec("ROLLBACK");
  } catch {
    // There was none.
  }
}

function pragma(db: DatabaseSync, name: string): number {
  return Number(Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0]);
}
