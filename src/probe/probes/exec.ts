import { once } from "node:events";
import type { Readable } from "node:stream";
import { InvalidOptionError } from "../../shared/errors.ts";
import { choiceOption, integerOption, optionsObject, textOption } from "../../shared/options.ts";
import type { Probe, ProbeMetric, ProbeResult, Target, Validator } from "../contract.ts";
import { ProbeError } from "../errors.ts";
import { validatorsOption } from "../validators/validate.ts";
import { type Attempt, attempt } from "./attempt.ts";
import { environment, killGroup, type Program, startProgram } from "./exec/child.ts";
import { outputMetrics } from "./exec/output-metrics.ts";
import { placed } from "./exec/place.ts";
import { ExecServer } from "./exec/server.ts";

/** Options of {@link execProbe}. */
export interface ExecProbeOptions {
  /** The program: a path, or a name on the PATH. No shell is used. */
  readonly command: string;
  /** Its arguments. `@target.host@` and similar placeholders stand for the target. @default none */
  readonly args?: readonly string[];
  /** @default that of this process */
  readonly cwd?: string;
  /** Changes to the environment; `undefined` removes a variable. @default none */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /**
   * `once` starts the program for each run: exit code 0 passes. `server` starts it once and sends requests
   * to its standard input, by the protocol in docs/probe-types.md. @default "once"
   */
  readonly mode?: "once" | "server";
  /** The most output to read, in bytes; the rest is dropped. @default 65536 */
  readonly maxOutputBytes?: number;
  /** The metrics that its output may contain, as lines with a name and a number. @default none */
  readonly metrics?: readonly ProbeMetric[];
  /** Validators of the output. @default none */
  readonly validators?: readonly Validator[];
}

/** The details of an {@link execProbe}. */
export interface ExecDetails {
  /** Its output, up to the limit. */
  output?: string;
  /** Set if the program ended by itself. */
  exitCode?: number;
  /** Set if the program was killed: `SIGSEGV`. */
  signal?: string;
}

/**
 * Checks whether a program ends with exit code 0. At the time limit, the program and everything that it
 * started are killed.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function execProbe(options: ExecProbeOptions): Probe<ExecDetails> {
  const given = optionsObject("execProbe", options, [
    ...(["command", "args", "cwd", "env", "mode", "maxOutputBytes"] as const),
    ...(["metrics", "validators"] as const),
  ]);
  const command = textOption("execProbe.command", given.command, 4_096);
  const { args = [], env = {}, cwd, metrics = [] } = given;
  if (!Array.isArray(args) || !args.every((arg) => typeof arg === "string")) {
    throw new InvalidOptionError("execProbe.args", "an array of texts", args);
  }
  const mode = choiceOption("execProbe.mode", given.mode, ["once", "server"]);
  const bounds = { min: 0, max: 16_777_216, default: 65_536 };
  const maxBytes = integerOption("execProbe.maxOutputBytes", given.maxOutputBytes, bounds);
  const validators = validatorsOption("execProbe.validators", given.validators);
  const programFor = (target: Target | undefined): Program => ({
    command,
    args: target === undefined ? args : args.map((arg) => placed(arg, target)),
    cwd,
    env: environment(env),
  });
  const server =
    mode === "server" ? new ExecServer(() => programFor(undefined), maxBytes) : undefined;

  const ask = async (run: Attempt<ExecDetails>, target: Target): Promise<void> => {
    if (server === undefined) await runOnce(run, programFor(target), maxBytes);
    else run.details.output = await server.ask(target, run.context);
    if (validators.length === 0) return;
    await run.validate(validators, { body: Buffer.from(run.details.output ?? "") });
  };
  return {
    type: "exec",
    validators: validators.map(({ name }) => name),
    metrics,
    async run(target, context) {
      const result = await attempt<ExecDetails>(context, {}, (run) => ask(run, target));
      const found = outputMetrics(result.details?.output ?? "", metrics);
      return found.length === 0 ? result : ({ ...result, metrics: found } satisfies ProbeResult);
    },
    close: (target) => {
      if (target === undefined) server?.close();
    },
  };
}

async function runOnce(
  run: Attempt<ExecDetails>,
  program: Program,
  maxBytes: number,
): Promise<void> {
  const child = await startProgram(program, ["ignore", "pipe", "pipe"]);
  run.defer(() => {
    killGroup(child);
    child.stdout?.destroy();
    child.stderr?.destroy();
  });
  const ended = once(child, "exit");
  run.signal.throwIfAborted();
  const errors = collect(child.stderr!, 1_024);
  errors.catch(() => undefined);
  await collect(child.stdout!, maxBytes, (text) => (run.details.output = text));
  const [exitCode, signal] = (await ended) as [number | null, NodeJS.Signals | null];
  run.answered();
  if (exitCode !== null) run.details.exitCode = exitCode;
  if (signal !== null) run.details.signal = signal;
  if (exitCode === 0) return;
  const said = (await errors).trim().split("\n").at(-1) ?? "";
  const how = exitCode === null ? `was killed by ${signal}` : `ended with exit code ${exitCode}`;
  throw new ProbeError(
    "unexpected_answer",
    `It ${how}${said === "" ? "" : `: ${said.slice(0, 200)}`}`,
  );
}

/** Reads to the end, and keeps the first bytes. */
async function collect(
  stream: Readable,
  maxBytes: number,
  onText: (text: string) => void = () => undefined,
): Promise<string> {
  const chunks: Buffer[] = [];
  let left = maxBytes;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    if (left <= 0) continue;
    chunks.push(chunk.subarray(0, left));
    left -= chunk.length;
    onText(Buffer.concat(chunks).toString());
  }
  return Buffer.concat(chunks).toString();
}
