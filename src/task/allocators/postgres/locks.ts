/**
 * The keys of the advisory locks: 64-bit hashes, so that schemas and other programs do not collide. An
 * instance's lock is taken before the two of its target, and the lock of the target's memory before the
 * other.
 */
export const instanceLock = (s: string): string =>
  `hashtextextended(p_key || ' ' || p_instance, ${literal(`${s}.task`)}::regclass::oid::bigint)`;
/** Shared while a new process gets a number, so that a loss is known before or after, never during it. */
export const memoryLock = (s: string): string =>
  `hashtextextended(p_key, ${literal(`${s}.claim`)}::regclass::oid::bigint)`;
export const targetLock = (s: string): string =>
  `hashtextextended(p_key, ${literal(`${s}.target`)}::regclass::oid::bigint)`;

/**
 * For statements in functions. The planner has no row counts for a table that was just filled, and every
 * statement has its index. No call waits longer for a lock than a heartbeat waits for its answer.
 */
export const SETTINGS: string = `SET enable_seqscan = off SET enable_bitmapscan = off SET lock_timeout = '4s'`;

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
