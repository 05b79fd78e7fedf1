import { dirname } from "node:path";

/** The folder of the package's modules: a frame below it is ours. */
const OURS = dirname(import.meta.dirname);
const FRAME = /(?:\(|at )((?:file:\/\/)?[^()]+:\d+:\d+)\)?$/;

/**
 * `file:line:column` of the code that called into this package, to name a declaration in messages;
 * undefined where the engine does not say.
 */
export function callSite(): string | undefined {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 12;
  const { stack } = new Error();
  Error.stackTraceLimit = limit;
  for (const line of stack?.split("\n").slice(1) ?? []) {
    const place = FRAME.exec(line)?.[1]?.replace("file://", "");
    if (place !== undefined && !place.startsWith(`${OURS}/`)) return place;
  }
  return undefined;
}
