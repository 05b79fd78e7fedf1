import type { Environment } from "../shared/environment.ts";
import { InvalidOptionError } from "../shared/errors.ts";
import { type Values, type Variable, VARIABLES } from "./variables.ts";

/** The values from the environment, and the errors in it. */
export interface Read {
  readonly values: Values;
  readonly problems: readonly InvalidOptionError[];
}

/**
 * Reads the variables as OpenTelemetry reads its own: an empty or blank one counts as unset, and a wrong
 * one is replaced by its default, whatever the others are.
 */
export function readVariables(env: Environment): Read {
  const values: Record<string, unknown> = {};
  const problems: InvalidOptionError[] = [];
  for (const [name, { parse }] of Object.entries<Variable>(VARIABLES)) {
    const text = env[name]?.trim();
    if (!text) continue;
    try {
      values[name] = parse(name, text);
    } catch (error) {
      if (!(error instanceof InvalidOptionError)) throw error;
      problems.push(error);
    }
  }
  return { values, problems };
}
