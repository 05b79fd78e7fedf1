import { fork } from "node:child_process";
import { join } from "node:path";
import type { RoundOptions } from "./options.ts";
import type { GroupResult } from "./results.ts";

/**
 * Measures the group of a module in a process of its own: the label sets that one group uses do not
 * spoil V8's inline caches for the next.
 * @param module exports `createGroup`; see `group-process.ts`
 */
export function measureInOwnProcess(module: URL, options: RoundOptions): Promise<GroupResult> {
  return new Promise((resolve, reject) => {
    const child = fork(join(import.meta.dirname, "group-process.ts"), [
      module.href,
      JSON.stringify(options),
    ]);
    let result: GroupResult | undefined;
    child.once("message", (message) => (result = message as GroupResult));
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      if (code === 0 && result !== undefined) resolve(result);
      else reject(new Error(`The process of ${module.pathname} ended with ${code ?? signal}`));
    });
  });
}
