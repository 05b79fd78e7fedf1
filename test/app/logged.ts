import type { LogRecordLike, LogSink } from "../../src/app/index.ts";

/** A sink that keeps what it is given. */
export function logged(): {
  readonly sink: LogSink;
  readonly records: readonly LogRecordLike[];
  named(eventName: string): LogRecordLike[];
} {
  const records: LogRecordLike[] = [];
  return {
    records,
    sink: { emit: (record) => void records.push(record) },
    named: (eventName) => records.filter((record) => record.eventName === eventName),
  };
}
