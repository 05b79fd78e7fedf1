import type { Probe, Validator } from "../contract.ts";
import { functionProbe } from "./function.ts";

/**
 * A probe that uses the caller's client. If a request of an earlier run is still pending, the probe awaits that one
 * instead of sending another, which the client would only queue.
 */
export function clientProbe(
  type: string,
  ask: () => Promise<unknown>,
  validators: readonly Validator[] | undefined,
): Probe<object> {
  let underWay: Promise<unknown> | undefined;
  const askOnce = async (): Promise<void> => {
    // In an async function, so that a synchronous error becomes a rejection.
    underWay ??= (async () => ask())().finally(() => (underWay = undefined));
    await underWay;
  };
  return functionProbe(askOnce, { type, ...(validators !== undefined && { validators }) });
}
