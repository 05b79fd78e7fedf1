import type { CommandCall } from "./command.ts";
import { UsageError } from "./usage-error.ts";

/** The value of an option with a few choices; undefined if it was not given. */
export function choiceOf<const T extends string>(
  call: CommandCall,
  name: string,
  choices: readonly T[],
): T | undefined {
  const value = call.options[name];
  if (value === undefined) return undefined;
  const choice = choices.find((known) => known === value);
  if (choice === undefined) throw new UsageError(`--${name} must be ${choices.join(" or ")}`);
  return choice;
}

/** The text of an option; undefined if it was not given. */
export function textOf(call: CommandCall, name: string): string | undefined {
  const value = call.options[name];
  return typeof value === "string" ? value : undefined;
}

/** The number of an option; undefined if it was not given. */
export function numberOf(call: CommandCall, name: string): number | undefined {
  const value = textOf(call, name);
  if (value === undefined) return undefined;
  const number = Number(value);
  if (value.trim() === "" || Number.isNaN(number)) {
    throw new UsageError(`--${name} must be a number, got ${value}`);
  }
  return number;
}
