import { decode, type KeyValue } from "./txn.ts";

/** The owner of a number, or its last owner; the value of the number's key. */
export interface NumberRecord {
  /** Null after a release. */
  readonly instance: string | null;
  readonly epoch: number;
  readonly seq: number;
  /** The address of the instance's status page; absent when there is none. */
  readonly adminUrl?: string;
}

/** What the store remembers about a target beside its numbers, as in `target-memory.ts`. */
export interface MemoryRecord {
  readonly sureFrom: number;
  /** The longest hold of live processes; computed at each grant, and raised in between. */
  readonly longestHoldMs: number;
}

/** The keys of one target. The target's own key contains no slash, so that targets do not share keys. */
export interface TargetKeys {
  /** Of a number's record, which stays. */
  number(num: number): string;
  /** The key of a number that is held or resting; its value is the length. It disappears with its lease. */
  hold(num: number): string;
  /** Of an instance; its value is its number. */
  instance(instance: string): string;
  /** What is remembered of the target. */
  readonly memory: string;
  /** The key exists while only processes that hold a number get it; it disappears with its lease. */
  readonly settling: string;
  /** The prefixes of each kind of key. */
  readonly numbers: string;
  readonly holds: string;
}

/** Every key begins with the prefix and the version of the layout. */
export function allKeys(prefix: string): string {
  return `${prefix}/1/`;
}

export function targetKeys(prefix: string, targetKey: string): TargetKeys {
  const target = `${allKeys(prefix)}${targetKey}`;
  // Padded, so that keys sort as numbers; numbers are below a million.
  const digits = (num: number): string => String(num).padStart(7, "0");
  return {
    memory: `${target}/memory`,
    settling: `${target}/settling`,
    numbers: `${target}/numbers/`,
    holds: `${target}/holds/`,
    number: (num) => `${target}/numbers/${digits(num)}`,
    hold: (num) => `${target}/holds/${digits(num)}`,
    instance: (instance) => `${target}/instances/${encodeURIComponent(instance)}`,
  };
}

/** The number at the end of a key. */
export function numberOf({ key }: KeyValue): number {
  const text = decode(key);
  return Number(text.slice(text.lastIndexOf("/") + 1));
}

/** The record of a number; undefined when nobody ever had it. */
export function recordOf(found: KeyValue | undefined): NumberRecord | undefined {
  if (found === undefined) return undefined;
  const { instance, epoch, seq, adminUrl } = JSON.parse(decode(found.value ?? "")) as NumberRecord;
  return { instance, epoch, seq, ...(adminUrl !== undefined && { adminUrl }) };
}

/** A target's memory; undefined when the target is new. */
export function memoryOf(found: KeyValue | undefined): MemoryRecord | undefined {
  if (found === undefined) return undefined;
  const { sureFrom, longestHoldMs } = JSON.parse(decode(found.value ?? "")) as MemoryRecord;
  return { sureFrom, longestHoldMs };
}
