/**
 * The keys of the advisory locks: 64 bits, in which schemas, and other programs, do not meet by
 * chance. An instance's is taken before its target's two, and that of the target's memory before the other.
 */
export const instanceLock = (s: string): string =>
  `hashtextextended(p_key || ' ' || p_instance, ${literal(`${s}.task`)}::regclass::oid::bigint)`;
/** Shared while a newcomer is given a number, so that a loss is known before it or after it. */
export const memoryLock = (s: string): string =>
  `hashtextextended(p_key, ${literal(`${s}.claim`)}::regclass::oid::bigint)`;
export const targetLock = (s: string): string =>
  `hashtextextended(p_key, ${literal(`${s}.target`)}::regclass::oid::bigint)`;

/**
 * For statements in functions. The planner knows no row counts of a table that has just been filled;
 * every statement has its index. Nobody waits longer for a lock than a heartbeat does for its answer.
 */
export const SETTINGS: string = `SET enable_seqscan = off SET enable_bitmapscan = off SET lock_timeout = '4s'`;

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
