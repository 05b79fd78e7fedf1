import type { ProbeResult } from "../../probe/contract.ts";
import { errorTypeOf } from "../../probe/error-type.ts";
import { isTaskmonError, messageOf } from "../../shared/errors.ts";
import { systemClock } from "../../shared/clock.ts";
import { targetOf } from "../../probe/target.ts";
import type { Command, CommandCall } from "../command.ts";
import { type Chosen, chooseProbe, probeOptions, TARGET_HELP } from "../probe/choose.ts";
import { reportLines } from "../probe/report.ts";
import { watch } from "../probe/watch.ts";
import { UsageError } from "../usage-error.ts";

/** `taskmon probe TARGET` */
export const probe: Command = {
  usage: "TARGET",
  args: { min: 1, max: 1 },
  options: {
    ...probeOptions,
    timeout: { value: "SECONDS", help: "The time limit of a run; 5 by default" },
    watch: { help: "Probe again and again, until it is interrupted" },
    interval: { value: "SECONDS", help: "With --watch: from one run to the next; 1 by default" },
    count: { value: "RUNS", help: "With --watch: end after this many runs" },
  },
  help:
    "Probes a target once, and prints the result: phases, certificate, validators. Exit code 0 if it\n" +
    `passes, 1 if it fails.\n\n${TARGET_HELP}`,
  async run(call) {
    const { probe: chosen, target } = chosenOf(call);
    const timeoutMs = secondsOption(call, "timeout", 5) * 1_000;
    const clock = systemClock();
    const interrupted = new AbortController();
    const onInterrupt = (): void => interrupted.abort();
    process.once("SIGINT", onInterrupt);
    const run = async (): Promise<ProbeResult> => {
      const signal = AbortSignal.any([AbortSignal.timeout(timeoutMs), interrupted.signal]);
      return chosen.run(target, { signal, timeoutMs, clock });
    };
    const asJson = (result: ProbeResult): object => resultAsJson(target.name, chosen.type, result);
    try {
      if (call.options["watch"] === true) {
        const failures = await watch({
          ...{ target: target.name, json: call.json, signal: interrupted.signal, run, asJson },
          intervalMs: secondsOption(call, "interval", 1) * 1_000,
          count: countOption(call),
          isTerminal: process.stdout.isTTY,
          out: (text) => call.out(text),
        });
        return failures === 0 ? 0 : 1;
      }
      const result = await run();
      call.out(
        call.json ? JSON.stringify(asJson(result)) : reportLines(target.name, result).join("\n"),
      );
      return result.success ? 0 : 1;
    } finally {
      process.off("SIGINT", onInterrupt);
      await chosen.close?.();
    }
  },
};

/** An invalid target or option is the caller's mistake: exit code 2. */
function chosenOf(
  call: CommandCall,
): Pick<Chosen, "probe"> & { readonly target: ReturnType<typeof targetOf> } {
  try {
    const { probe: chosen, target } = chooseProbe(call.args[0]!, call.options);
    const checked = targetOf(target);
    chosen.accepts?.(checked);
    return { probe: chosen, target: checked };
  } catch (error) {
    if (isTaskmonError(error)) throw new UsageError(messageOf(error), { cause: error });
    throw error;
  }
}

function resultAsJson(target: string, type: string, result: ProbeResult): object {
  const { success, latencyMs, phasesMs, statusCode, error, validations, certificate, details } =
    result;
  return {
    ...{ target, type, success, latencyMs, phasesMs, statusCode },
    ...(error !== undefined && { error: { message: error.message, type: errorTypeOf(error) } }),
    ...(certificate !== undefined && { certificate }),
    ...{ validations, details },
  };
}

function secondsOption({ options }: CommandCall, name: string, byDefault: number): number {
  const value = options[name];
  const seconds = value === undefined ? byDefault : Number(value);
  if (!(seconds > 0 && seconds <= 86_400)) throw new UsageError(`--${name} expects seconds`);
  return seconds;
}

function countOption({ options }: CommandCall): number {
  const value = options["count"];
  const count = value === undefined ? Infinity : Number(value);
  if (!(count >= 1)) throw new UsageError("--count expects a number of runs");
  return count;
}
