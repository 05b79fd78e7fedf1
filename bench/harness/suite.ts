import type { BenchOptions, RoundOptions } from "./options.ts";
import { measureInOwnProcess } from "./own-process.ts";
import type { GroupResult } from "./results.ts";

/** Groups that belong together, under a name for the command line. */
export interface Suite {
  readonly name: string;
  /** Yields each group's result as soon as it is there. */
  run(options: BenchOptions): AsyncIterable<GroupResult>;
}

/**
 * A suite of groups, each in its own process.
 * @param modules files beside `base` that export `createGroup`
 * @param defaults for what the command line leaves open
 */
export function suiteOfGroups(
  name: string,
  base: string,
  modules: readonly string[],
  defaults: RoundOptions,
): Suite {
  return {
    name,
    async *run({ rounds = defaults.rounds, roundMs = defaults.roundMs }) {
      for (const module of modules) {
        yield await measureInOwnProcess(new URL(module, base), { rounds, roundMs });
      }
    },
  };
}
