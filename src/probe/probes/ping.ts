import { once } from "node:events";
import { optionsObject, textOption } from "../../shared/options.ts";
import type { Probe, Target, Validator } from "../contract.ts";
import { ProbeError } from "../errors.ts";
import { resolveAddress } from "../net/connect.ts";
import { type DialOptions, dialOptions, DIAL_KEYS } from "../net/dial-options.ts";
import { validatorsOption } from "../validators/validate.ts";
import { type Attempt, attempt } from "./attempt.ts";
import { endpointOf } from "./endpoint.ts";
import { environment, killGroup, startProgram } from "./exec/child.ts";

/** Options of {@link pingProbe}. */
export interface PingProbeOptions extends DialOptions {
  /** The program: iputils' `ping`, or one with its options `-n -c -W -I`. @default "ping" */
  readonly command?: string;
  /** Validators, such as `latencyValidator`. @default none */
  readonly validators?: readonly Validator[];
}

/** The details of a {@link pingProbe}. */
export interface PingDetails {
  address?: string;
  family?: 4 | 6;
  /** The round-trip time that the program measured, in milliseconds. */
  roundTripMs?: number;
  /** The answer's remaining hops. */
  hopLimit?: number;
}

/**
 * Checks whether a host answers one ICMP echo, with the system's `ping`, because Node.js has no raw sockets. If the
 * program is missing or not permitted to send, each run fails as `unavailable`.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function pingProbe(options?: PingProbeOptions): Probe<PingDetails> {
  const given = optionsObject("pingProbe", options, [...DIAL_KEYS, "command", "validators"]);
  const dial = dialOptions("pingProbe", given);
  const command = textOption("pingProbe.command", given.command ?? "ping", 4_096);
  const validators = validatorsOption("pingProbe.validators", given.validators);
  return {
    type: "ping",
    validators: validators.map(({ name }) => name),
    accepts: (target: Target) => void endpointOf(target, 1),
    run: (target, context) =>
      attempt<PingDetails>(context, {}, async (run) => {
        const endpoint = { ...dial, ...endpointOf(target, 1) };
        const { address, family } = await resolveAddress(endpoint, run.phases, run.signal);
        Object.assign(run.details, { address, family });
        const waitS = String(Math.max(1, Math.ceil(context.timeoutMs / 1_000)));
        const from = dial.sourceAddress === undefined ? [] : ["-I", dial.sourceAddress];
        const args = [`-${family}`, "-n", "-c", "1", "-W", waitS, ...from, address];
        await ping(run, command, args);
        if (validators.length > 0) await run.validate(validators, {});
      }),
  };
}

async function ping(
  run: Attempt<PingDetails>,
  command: string,
  args: readonly string[],
): Promise<void> {
  run.phases.begin("first_byte");
  const env = environment({ LC_ALL: "C" });
  const child = await startProgram({ command, args, cwd: undefined, env }, [
    "ignore",
    "pipe",
    "pipe",
  ]);
  run.defer(() => {
    killGroup(child);
    child.stdout?.destroy();
    child.stderr?.destroy();
  });
  run.signal.throwIfAborted();
  let output = "";
  const read = (chunk: Buffer): void => {
    if (output.length < 10_000) output += chunk.toString();
  };
  child.stdout!.on("data", read);
  child.stderr!.on("data", read);
  await once(child, "close", { signal: run.signal });
  run.phases.end();
  const roundTrip = /\btime=([\d.]+) ?ms/.exec(output)?.[1];
  if (child.exitCode === 0 && roundTrip !== undefined) {
    run.details.roundTripMs = Number(roundTrip);
    const hops = /\b(?:ttl|hlim)=(\d+)/i.exec(output)?.[1];
    if (hops !== undefined) run.details.hopLimit = Number(hops);
    return;
  }
  throw pingError(child.exitCode, output);
}

/** iputils exits with 1 if there was no answer, and with 2 if it could not send. */
function pingError(exitCode: number | null, output: string): ProbeError {
  const lines = output.trim().split("\n");
  const refusal = lines.find((line) => /permitted|usage:|invalid option/i.test(line));
  if (refusal !== undefined)
    return new ProbeError("unavailable", `ping cannot be used here: ${refusal}`);
  const said = lines.find((line) => /unreachable|prohibited|ping:/i.test(line));
  if (/unreachable/i.test(output)) {
    const type = /net(?:work)? (?:is )?unreachable/i.test(output)
      ? "network_unreachable"
      : "host_unreachable";
    return new ProbeError(type, said ?? "unreachable");
  }
  if (exitCode === 1) return new ProbeError("timeout", "No answer came back");
  return new ProbeError(
    "unexpected_answer",
    `ping ended with exit code ${exitCode}: ${said ?? output.slice(0, 200)}`,
  );
}
