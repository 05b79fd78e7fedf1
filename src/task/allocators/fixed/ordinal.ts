import type { Environment } from "../../../shared/environment.ts";

/** A number, or a sentence that says why there is none. */
export type Ordinal = number | string;

/** The characters of generated name suffixes in Kubernetes: no vowels, no 0, 1 and 3. */
const GENERATED_SUFFIX = /^[bcdfghjklmnpqrstvwxz2456789]{5}$/;

/**
 * The number of a pod: from the variable, if one is named; else the completion index of an Indexed Job;
 * else the ordinal at the end of a StatefulSet pod's host name.
 */
export function podOrdinal(env: Environment, hostName: string, variable?: string): Ordinal {
  if (variable !== undefined) return fromVariable(env, variable);
  if (env.JOB_COMPLETION_INDEX !== undefined) return fromVariable(env, "JOB_COMPLETION_INDEX");
  if (env.KUBERNETES_SERVICE_HOST === undefined) {
    return "this process does not run in a pod: KUBERNETES_SERVICE_HOST is not set";
  }
  const [, digits] = /^[a-z0-9-]*[a-z0-9]-(0|[1-9]\d*)$/.exec(hostName) ?? [];
  if (digits === undefined) {
    return `the host name ${hostName} does not end in an ordinal, as a StatefulSet pod's does`;
  }
  if (GENERATED_SUFFIX.test(digits)) {
    return `the end of the host name ${hostName} may be a generated suffix`;
  }
  return ordinalOf(digits) ?? `the ordinal in the host name ${hostName} is too large`;
}

/** The number in a variable. */
export function fromVariable(env: Environment, variable: string): Ordinal {
  const text = env[variable];
  if (text === undefined || text === "") return `${variable} is not set`;
  return ordinalOf(text) ?? `${variable} is not a task number: ${JSON.stringify(text)}`;
}

function ordinalOf(text: string): number | undefined {
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(number) ? number : undefined;
}
