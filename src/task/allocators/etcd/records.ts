import { decode, type KeyValue } from "./txn.ts";

/** Who has a number, or had it last; the value of the number's key. */
export interface NumberRecord {
  /** Null after a release. */
  readonly instance: string | null;
  readonly epoch: number;
  readonly seq: number;
  /** Where the instance has its status page, as it says; absent for nowhere. */
  readonly adminUrl?: string;
}

/** What is remembered of a target beside its numbers, as in `target-memory.ts`. */
export interface MemoryRecord {
  readonly sureFrom: number;
  /** The longest hold of those who live; it is found anew at each grant, and raised in between. */
  readonly longestHoldMs: number;
}

/** The keys of one target. Its own key has no slash in it, so that targets do not meet. */
export interface TargetKeys {
  /** Of a number's record, which stays. */
  number(num: number): string;
  /** Of a number that is held (its value is for how long) or rests: it goes away with its lease. */
  hold(num: number): string;
  /** Of an instance; its value is its number. */
  instance(instance: string): string;
  /** What is remembered of the target. */
  readonly memory: string;
  /** There while numbers go only to those who hold them: it goes away with its lease. */
  readonly settling: string;
  /** What all of a kind begin with. */
  readonly numbers: string;
  readonly holds: string;
}

/** All keys begin with the prefix and the version of their layout. */
export function allKeys(prefix: string): string {
  return `${prefix}/1/`;
}

export function targetKeys(prefix: string, targetKey: string): TargetKeys {
  const target = `${allKeys(prefix)}${targetKey}`;
  // In the order of the numbers; they lie below a million.
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

/** The record of a number; undefined where nobody ever had it. */
export function recordOf(found: KeyValue | undefined): NumberRecord | undefined {
  if (found === undefined) return undefined;
  const { instance, epoch, seq, adminUrl } = JSON.parse(decode(found.value ?? "")) as NumberRecord;
  return { instance, epoch, seq, ...(adminUrl !== undefined && { adminUrl }) };
}

/** What is remembered of a target; undefined where it is new. */
export function memoryOf(found: KeyValue | undefined): MemoryRecord | undefined {
  if (found === undefined) return undefined;
  const { sureFrom, longestHoldMs } = JSON.parse(decode(found.value ?? "")) as MemoryRecord;
  return { sureFrom, longestHoldMs };
}
