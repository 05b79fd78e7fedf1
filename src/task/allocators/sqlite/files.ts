/** A file as it is now. */
export interface FileAt {
  /** Identifies the file among all that exist. */
  readonly inode: string;
  readonly isEmpty: boolean;
}

/** The files beside a database that is in use; each value identifies its file. */
export interface LogFiles {
  /** The write-ahead log, `-wal`. */
  readonly log: string;
  /** Its index, which all users of the database share: `-shm`. */
  readonly index: string;
}

/** The file at a path; undefined where there is none. */
export function fileAt(path: string): FileAt | undefined {
  const { statSync } = process.getBuiltinModule("node:fs");
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stats && { inode: `${stats.dev}:${stats.ino}`, isEmpty: stats.size === 0n };
}

/**
 * The log of a database and the log's index; undefined when one is missing. While a database is open SQLite
 * deletes neither, and makes both at the first transaction.
 */
export function logFilesOf(path: string): LogFiles | undefined {
  const log = fileAt(`${path}-wal`)?.inode;
  const index = log === undefined ? undefined : fileAt(`${path}-shm`)?.inode;
  return log === undefined || index === undefined ? undefined : { log, index };
}
