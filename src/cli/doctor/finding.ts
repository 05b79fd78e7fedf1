/** The level of a finding. `fail` makes the command exit with 1; `skip` is a check that could not run. */
export type Level = "ok" | "warn" | "fail" | "skip";

/** One thing that was looked at, in a line. */
export interface Finding {
  readonly level: Level;
  /** The thing that was checked: `store`. */
  readonly topic: string;
  /** The result of the check. */
  readonly message: string;
  /** The advice. */
  readonly advice?: string;
}

/** Makes the findings of one topic. */
export function findingsOf(topic: string): {
  readonly ok: (message: string) => Finding;
  readonly skip: (message: string) => Finding;
  readonly warn: (message: string, advice: string) => Finding;
  readonly fail: (message: string, advice: string) => Finding;
} {
  return {
    ok: (message) => ({ level: "ok", topic, message }),
    skip: (message) => ({ level: "skip", topic, message }),
    warn: (message, advice) => ({ level: "warn", topic, message, advice }),
    fail: (message, advice) => ({ level: "fail", topic, message, advice }),
  };
}

/** The finding as lines: the result, and the advice below it. */
export function findingLines({ level, topic, message, advice }: Finding): string {
  const line = `${level.padEnd(4)}  ${topic}: ${message}`;
  return advice === undefined ? line : `${line}\n      → ${advice}`;
}
