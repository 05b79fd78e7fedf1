import { createContext, Script, type Context } from "node:vm";
import { InvalidOptionError } from "../../shared/errors.ts";
import { isHarmless } from "./harmless.ts";

/** How long one match may block the event loop, in milliseconds. */
export const MATCH_LIMIT_MS = 20;

/** Texts up to this length need no time limit if the pattern is harmless. */
const SHORT = 2_000;
/** How often a match is tried if a busy machine, not the pattern, used up the time. */
const ATTEMPTS = 5;

let sandbox: Context | undefined;
let script: Script | undefined;

/**
 * Whether a text matches. A match is stopped after 20 ms, because excessive backtracking blocks the event loop.
 * @param limitMs for tests
 * @throws RangeError if it was stopped
 */
export function matches(pattern: RegExp, text: string, limitMs: number = MATCH_LIMIT_MS): boolean {
  pattern.lastIndex = 0;
  if (text.length <= SHORT && isHarmless(pattern)) return pattern.test(text);
  for (let attempt = 1; ; attempt++) {
    const before = process.cpuUsage();
    try {
      return watched(pattern, text, limitMs);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ERR_SCRIPT_EXECUTION_TIMEOUT") throw error;
      const { user, system } = process.cpuUsage(before);
      const wasWorking = (user + system) / 1_000 > limitMs / 2;
      if (!wasWorking && attempt < ATTEMPTS) continue;
      throw new RangeError(`${String(pattern)} was stopped after ${limitMs} ms`, {
        cause: error,
      });
    }
  }
}

/** @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` */
export function patternOption(option: string, value: unknown): RegExp {
  if (!(value instanceof RegExp)) throw new InvalidOptionError(option, "a RegExp", value);
  return value;
}

function watched(pattern: RegExp, text: string, limitMs: number): boolean {
  sandbox ??= createContext(Object.create(null) as Context);
  script ??= new Script("pattern.lastIndex = 0; pattern.test(text)");
  sandbox["pattern"] = pattern;
  sandbox["text"] = text;
  try {
    return script.runInContext(sandbox, { timeout: limitMs }) as boolean;
  } finally {
    sandbox["text"] = "";
  }
}
