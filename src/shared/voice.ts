import { diagLogger } from "./api.ts";
import { choiceOption } from "./options.ts";

/** Where warnings and errors of ours go where nobody has set a `diag` logger. */
export type LogOption = "stderr" | "off";

let chosen: LogOption | undefined;

/**
 * Chooses for the whole process, whose standard error is one.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function setVoice(option: LogOption | undefined): void {
  if (option !== undefined) chosen = choiceOption("log", option, ["stderr", "off"]);
}

/**
 * Whether a line would be written: not where a `diag` logger hears us, in a test run, or where it is
 * turned off, by `log: "off"` or `TASKMON_LOG=off`, which wins.
 */
export function isSpeaking(env: NodeJS.ProcessEnv = process.env): boolean {
  if (chosen === "off" || env["TASKMON_LOG"]?.trim().toLowerCase() === "off") return false;
  return !TEST_RUNS.some((variable) => env[variable] !== undefined) && diagLogger() === undefined;
}

/** Writes one line to standard error, if anything is to be written there. Never throws. */
export function speak(line: string): void {
  if (!isSpeaking()) return;
  try {
    // Not process.stderr: where its reader is gone, that emits an error which would end the program.
    process.getBuiltinModule("node:fs").writeSync(2, `taskmon: ${line}\n`);
  } catch {
    // There is no one left to tell.
  }
}

/** What test runners set in the processes that run tests: vitest, Node.js's own, Jest. */
const TEST_RUNS = ["VITEST", "NODE_TEST_CONTEXT", "JEST_WORKER_ID"];
