import { diagLogger } from "./api.ts";
import { choiceOption } from "./options.ts";

/** Where our warnings and errors go if no `diag` logger is set. */
export type LogOption = "stderr" | "off";

let chosen: LogOption | undefined;

/** Sets the choice for the whole process. @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` */
export function setVoice(option: LogOption | undefined): void {
  if (option !== undefined) chosen = choiceOption("log", option, ["stderr", "off"]);
}

/**
 * Whether a line would be written: not if there is a `diag` logger, in a test run, or if `log: "off"` or
 * `TASKMON_LOG=off` (which wins) turns it off.
 */
export function isSpeaking(env: NodeJS.ProcessEnv = process.env): boolean {
  if (chosen === "off" || env["TASKMON_LOG"]?.trim().toLowerCase() === "off") return false;
  return !TEST_RUNS.some((variable) => env[variable] !== undefined) && diagLogger() === undefined;
}

/** Writes one line to standard error, unless that is turned off. Never throws. */
export function speak(line: string): void {
  if (!isSpeaking()) return;
  try {
    // Not process.stderr: if its reader is gone, it emits an error that would end the program.
    process.getBuiltinModule("node:fs").writeSync(2, `taskmon: ${line}\n`);
  } catch {
    // There is nobody left to tell.
  }
}

/** The variables of test runners: vitest, Node.js's own, Jest. */
const TEST_RUNS = ["VITEST", "NODE_TEST_CONTEXT", "JEST_WORKER_ID"];
