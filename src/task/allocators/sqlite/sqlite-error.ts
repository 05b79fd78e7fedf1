/** Primary result codes of SQLite: https://sqlite.org/rescode.html */
const SQLITE_BUSY = 5;
const SQLITE_LOCKED = 6;
const SQLITE_NOTADB = 26;

/** Whether another connection has the database locked. */
export function isBusy(error: unknown): boolean {
  const code = primaryCode(error);
  return code === SQLITE_BUSY || code === SQLITE_LOCKED;
}

/** Whether the file is not a SQLite database. */
export function isNotADatabase(error: unknown): boolean {
  return primaryCode(error) === SQLITE_NOTADB;
}

function primaryCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("errcode" in error)) return undefined;
  // The upper bits of an extended code name the exact case.
  return typeof error.errcode === "number" ? error.errcode & 0xff : undefined;
}
