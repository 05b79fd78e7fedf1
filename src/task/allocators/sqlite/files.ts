/** A file as it is now. */
export interface FileAt {
  /** Tells the file from every other that exists. */
  readonly inode: string;
  readonly isEmpty: boolean;
}

/** What a database has beside its file while it is in use; each tells its file from every other. */
export interface LogFiles {
  /** The write-ahead log, `-wal`. */
  readonly log: string;
  /** Its index, which all that use the database share: `-shm`. */
  readonly index: string;
}

/** The file at a path; undefined where there is none. */
export function fileAt(path: string): FileAt | undefined {
  const { statSync } = process.getBuiltinModule("node:fs");
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stats && { inode: `${stats.dev}:${stats.ino}`, isEmpty: stats.size === 0n };
}

/**
 * The log of a database and the log's index; undefined where one is missing. While a database is open
 * SQLite deletes neither, and makes both at the first transaction.
 */
export function logFilesOf(path: string): LogFiles | undefined {
  const log = fileAt(`${path}-wal`)?.inode;
  const index = log === undefined ? undefined : fileAt(`${path}-shm`)?.inode;
  return log === undefined || index === undefined ? undefined : { log, index };
}
