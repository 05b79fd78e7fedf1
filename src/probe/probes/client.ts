import type { Probe, Validator } from "../contract.ts";
import { functionProbe } from "./function.ts";

/**
 * A probe through a client that its caller passed in. What is still under way from a run that was given
 * up is awaited instead of asking again: the client would queue it.
 */
export function clientProbe(
  type: string,
  ask: () => Promise<unknown>,
  validators: readonly Validator[] | undefined,
): Probe<object> {
  let underWay: Promise<unknown> | undefined;
  const askOnce = async (): Promise<void> => {
    // Begun in a promise, so that a client that throws at once rejects like the others.
    underWay ??= (async () => ask())().finally(() => (underWay = undefined));
    await underWay;
  };
  return functionProbe(askOnce, { type, ...(validators !== undefined && { validators }) });
}
