import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type OtlpReceiver, startOtlpReceiver } from "../setup/otlp-receiver.ts";
import { latestOf, type ProgramEnd, startProgram, surroundings } from "./programs.ts";

// Processes start slowly where many tests share a machine.
vi.setConfig({ testTimeout: 60_000 });

let receiver: OtlpReceiver;
beforeAll(async () => {
  receiver = await startOtlpReceiver();
});
afterAll(() => receiver.stop());

/** Five were exported before the end, three more were measured since. */
interface Row extends ProgramEnd {
  readonly end: string;
  readonly counted: 5 | 8;
  /** What has become of the number: handed back and at rest, or held until its hold runs out. */
  readonly number: "rests" | "held";
}

const normal = { code: 0, signal: null };

const rows: readonly Row[] = [
  { end: "process.exit(3)", counted: 5, number: "rests", code: 3, signal: null },
  { end: "process.abort()", counted: 5, number: "held", ...killed("SIGABRT") },
  { end: "uncaught exception", counted: 5, number: "rests", code: 1, signal: null },
  { end: "unhandled rejection", counted: 5, number: "rests", code: 1, signal: null },
  { end: "empty loop", counted: 5, number: "rests", ...normal },
  { end: "empty loop, exit code 4", counted: 5, number: "rests", code: 4, signal: null },
  { end: "empty loop, shutdownBeforeExit", counted: 8, number: "rests", ...normal },
  {
    end: "empty loop, shutdownBeforeExit, exit code 4",
    ...({ counted: 8, number: "rests", code: 4, signal: null } as const),
  },
  { end: "empty loop in a worker", counted: 5, number: "rests", ...normal },
  { end: "empty loop, shutdownBeforeExit in a worker", counted: 8, number: "rests", ...normal },
  { end: "process.exit(3) in a worker", counted: 5, number: "rests", ...normal },
  { end: "uncaught exception in a worker", counted: 5, number: "rests", ...normal },
  { end: "terminate() in a worker", counted: 5, number: "held", ...normal },
  { end: "process.exit(3) beside in a worker", counted: 5, number: "held", code: 3, signal: null },
];

describe.concurrent("without a shutdown, what is exported and handed back", () => {
  it.each(rows)("$end: $counted of 8, the number $number", async (row) => {
    const { env, exports, numbers } = surroundings(receiver);
    const program = await startProgram("ends.ts", [row.end], env);
    const { code, signal } = await program.ended;
    expect({ code, signal }, program.said.join("\n")).toEqual({
      code: row.code,
      signal: row.signal,
    });
    expect(latestOf(exports(), "work.done")).toBe(row.counted);
    expect(
      (await numbers()).map(({ instance }) => (instance === undefined ? "rests" : "held")),
    ).toEqual([row.number]);
  });
});

const signalRows: readonly (Row & { readonly kill: NodeJS.Signals })[] = [
  { kill: "SIGKILL", end: "is waited for", counted: 5, number: "held", ...killed("SIGKILL") },
  { kill: "SIGTERM", end: "is waited for", counted: 5, number: "held", ...killed("SIGTERM") },
  { kill: "SIGINT", end: "is waited for", counted: 5, number: "held", ...killed("SIGINT") },
  { kill: "SIGQUIT", end: "is waited for", counted: 5, number: "held", ...killed("SIGQUIT") },
  {
    ...{ kill: "SIGTERM", end: "is waited for, shutdownOnSignals", ...killed("SIGTERM") },
    ...({ counted: 8, number: "rests" } as const),
  },
];

describe.concurrent("at a signal, what is exported and handed back", () => {
  it.each(signalRows)("$kill, $end: $counted of 8, the number $number", async (row) => {
    const { env, exports, numbers } = surroundings(receiver);
    const program = await startProgram("ends.ts", [row.end], env);
    await program.line("ready");
    program.signal(row.kill);
    expect(await program.ended).toEqual({ code: row.code, signal: row.signal });
    expect(latestOf(exports(), "work.done")).toBe(row.counted);
    expect(
      (await numbers()).map(({ instance }) => (instance === undefined ? "rests" : "held")),
    ).toEqual([row.number]);
  });
});

function killed(signal: NodeJS.Signals): ProgramEnd {
  return { code: null, signal };
}
