import { InvalidOptionError } from "../../shared/errors.ts";
import { optionsObject, textOption } from "../../shared/options.ts";
import { untilAborted } from "../../shared/timeout.ts";
import type {
  Observation,
  Probe,
  ProbeContext,
  ProbeMetric,
  ProbeResult,
  Target,
  Validator,
} from "../contract.ts";
import { validatorsOption } from "../validators/validate.ts";
import { attempt } from "./attempt.ts";

/**
 * The return value of a {@link functionProbe} function: something for the validators to check, or nothing.
 */
export type FunctionAnswer = Partial<Pick<Observation, "statusCode" | "headers" | "body">> &
  Pick<ProbeResult, "metrics">;

/** Options of {@link functionProbe}. */
export interface FunctionProbeOptions {
  /** Its type in metrics. @default "function" */
  readonly type?: string;
  /** The metrics that it returns. @default none */
  readonly metrics?: readonly ProbeMetric[];
  /** @default none */
  readonly validators?: readonly Validator[];
}

/**
 * Checks whether your function returns: `functionProbe(async (target, { signal }) => { await
 * client.get(target.name, { signal }); })`. An error that it throws is the failure. We do not wait for a
 * function that ignores its signal.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function functionProbe(
  ask: (
    target: Target,
    context: ProbeContext,
  ) => FunctionAnswer | void | Promise<FunctionAnswer | void>,
  options?: FunctionProbeOptions,
): Probe<object> {
  if (typeof ask !== "function")
    throw new InvalidOptionError("functionProbe.ask", "a function", ask);
  const given = optionsObject("functionProbe", options, ["type", "metrics", "validators"]);
  const type = textOption("functionProbe.type", given.type ?? "function", 64);
  if (!/^[a-z][a-z0-9_]*$/.test(type)) {
    throw new InvalidOptionError("functionProbe.type", "lower-case letters, digits and _", type);
  }
  const validators = validatorsOption("functionProbe.validators", given.validators);
  return {
    type,
    validators: validators.map(({ name }) => name),
    ...(given.metrics !== undefined && { metrics: given.metrics }),
    async run(target, context) {
      let answer: FunctionAnswer | void = undefined;
      const result = await attempt<object>(context, {}, async (run) => {
        let thrown: { readonly error: unknown } | undefined;
        // In an async function, so that a synchronous error becomes a rejection.
        const asked = (async () => ask(target, context))().then(
          (value) => void (answer = value),
          (error: unknown) => void (thrown = { error }),
        );
        await untilAborted(asked, run.signal);
        run.signal.throwIfAborted();
        if (thrown !== undefined) throw thrown.error;
        const { statusCode, headers, body } = answer ?? {};
        run.statusCode = statusCode;
        if (validators.length === 0) return;
        await run.validate(validators, {
          ...(statusCode !== undefined && { statusCode }),
          ...(headers !== undefined && { headers }),
          ...(body !== undefined && { body }),
        });
      });
      const { metrics } = answer ?? ({} as FunctionAnswer);
      return metrics === undefined ? result : { ...result, metrics };
    },
  };
}
