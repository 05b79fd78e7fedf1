import type { Environment } from "../../shared/environment.ts";
import { messageOf } from "../../shared/errors.ts";
import { defaultStore, withStore } from "../store.ts";
import { type Finding, findingsOf } from "./finding.ts";

const { ok, fail, skip } = findingsOf("store");

/** Whether the store of task numbers answers. */
export async function storeFindings(env: Environment): Promise<Finding[]> {
  const url = defaultStore(env);
  if (url?.startsWith("memory:") === true) return [skip("numbers are of this process alone")];
  try {
    const listings = await withStore(
      url,
      optionsOf(env),
      async (allocator, signal) => {
        const found = await allocator.list?.(undefined, { signal });
        return { name: allocator.name, found };
      },
      env,
    );
    const { name, found } = listings;
    const held = found?.filter(({ instance }) => instance !== undefined).length;
    return [ok(`${name} answers${held === undefined ? "" : `; ${held} numbers are held`}`)];
  } catch (error) {
    const advice =
      "check TASKMON_ALLOCATOR, its password and the network; without a store processes keep running, without a number";
    return [fail(`it cannot be asked: ${messageOf(error)}`, advice)];
  }
}

function optionsOf(env: Environment): Record<string, string> {
  const { TASKMON_ALLOCATOR_PREFIX: prefix, TASKMON_ALLOCATOR_SCHEMA: schema } = env;
  return { ...(prefix !== undefined && { prefix }), ...(schema !== undefined && { schema }) };
}
