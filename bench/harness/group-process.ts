import type { Group } from "./contender.ts";
import { measure } from "./measure.ts";
import type { RoundOptions } from "./options.ts";

/** What a module of a group exports. */
export interface GroupModule {
  readonly createGroup: () => Group | Promise<Group>;
}

// The program of own-process.ts.
const [href, options] = process.argv.slice(2);
const { createGroup } = (await import(href!)) as GroupModule;
process.send!(await measure(await createGroup(), JSON.parse(options!) as RoundOptions));
process.disconnect();
