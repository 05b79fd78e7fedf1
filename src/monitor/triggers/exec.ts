import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { environment, killGroup, startProgram } from "../../probe/probes/exec/child.ts";
import { InvalidOptionError, messageOf } from "../../shared/errors.ts";
import { numberOption, optionsObject, textOption } from "../../shared/options.ts";
import { withTimeout } from "../../shared/timeout.ts";
import { TriggerError } from "../errors.ts";
import type { Trigger, TriggerReason } from "../trigger.ts";

/** Options of {@link execTrigger}. */
export interface ExecTriggerOptions {
  /** The program: a path, or a name on the PATH. No shell is used. */
  readonly command: string;
  /** Its arguments, passed unchanged. @default none */
  readonly args?: readonly string[];
  /** @default that of this process */
  readonly cwd?: string;
  /**
   * Changes to the environment; `undefined` removes a variable. `TASKMON_SERVICE` and `TASKMON_SLOT` tell
   * the program why it was started. @default none
   */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The text for its standard input. @default nothing */
  readonly stdin?: string | ((reason: TriggerReason) => string);
  /** How long it may take, in milliseconds. @default the limit of the slot */
  readonly timeoutMs?: number;
}

const KEYS = ["command", "args", "cwd", "env", "stdin", "timeoutMs"] as const;
const TIMEOUT = { min: 1, max: 86_400_000, default: 86_400_000 };
/** How many characters of its standard error go into the error message. */
const MAX_ERROR_TEXT = 500;

/**
 * Runs a program, which must end with exit code 0. Background processes that it leaves behind continue. At the
 * time limit, the program and all its child processes are killed. Its standard output is discarded.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function execTrigger(options: ExecTriggerOptions): Trigger {
  const given = optionsObject("exec", options, KEYS);
  const command = textOption("exec.command", given.command, 4_096);
  const args = argsOption(given.args);
  const cwd = given.cwd === undefined ? undefined : textOption("exec.cwd", given.cwd, 4_096);
  const { env, stdin } = { env: envOption(given.env), stdin: stdinOption(given.stdin) };
  const timeoutMs = numberOption("exec.timeoutMs", given.timeoutMs, TIMEOUT);
  return {
    trigger({ signal, clock, reason }) {
      const variables = { TASKMON_SERVICE: reason.service, TASKMON_SLOT: reason.slot, ...env };
      return withTimeout(
        ...([clock, command, timeoutMs] as const),
        async (inner) => {
          const program = { command, args, cwd, env: environment(variables) };
          const child = await startProgram(program, ["pipe", "ignore", "pipe"]).catch(
            (error: unknown) => {
              throw new TriggerError(messageOf(error), { cause: error });
            },
          );
          await toTheEnd(child, command, stdin(reason), inner);
        },
        signal,
      );
    },
  };
}

async function toTheEnd(
  child: ChildProcess,
  command: string,
  input: string,
  signal: AbortSignal,
): Promise<void> {
  const kill = (): void => killGroup(child);
  signal.addEventListener("abort", kill, { once: true });
  const errorText = collect(child.stderr!);
  try {
    // The program may end without reading its input.
    child.stdin!.on("error", () => undefined).end(input);
    if (signal.aborted) kill();
    // Not `close`: that event waits for background processes.
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  } finally {
    signal.removeEventListener("abort", kill);
  }
  signal.throwIfAborted();
  const { exitCode, signalCode } = child;
  if (exitCode === 0) return;
  const how =
    exitCode === null ? `was killed by ${signalCode}` : `ended with exit code ${exitCode}`;
  const why = errorText().trim();
  throw new TriggerError(`${command} ${how}${why === "" ? "" : `: ${why}`}`);
}

/** Reads a stream, and keeps its beginning. Background processes may continue to write. */
function collect(stream: Readable): () => string {
  let beginning = "";
  stream.setEncoding("utf8");
  stream.on("error", () => undefined);
  stream.on("data", (text: string) => {
    if (beginning.length >= MAX_ERROR_TEXT) return;
    beginning = (beginning + text).slice(0, MAX_ERROR_TEXT);
  });
  (stream as Partial<{ unref(): void }>).unref?.();
  return () => beginning;
}

function argsOption(args: unknown): readonly string[] {
  if (args === undefined) return [];
  const isList = Array.isArray(args) && args.every((arg) => typeof arg === "string");
  if (!isList) throw new InvalidOptionError("exec.args", "a list of texts", args);
  return args;
}

function envOption(env: ExecTriggerOptions["env"]): NonNullable<ExecTriggerOptions["env"]> {
  if (env === undefined) return {};
  const isObject = typeof env === "object" && env !== null && !Array.isArray(env);
  if (!isObject) throw new InvalidOptionError("exec.env", "an object of texts", env);
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && typeof value !== "string") {
      throw new InvalidOptionError(`exec.env.${name}`, "a text", value);
    }
  }
  return env;
}

function stdinOption(stdin: ExecTriggerOptions["stdin"]): (reason: TriggerReason) => string {
  if (typeof stdin === "function") return stdin;
  if (stdin !== undefined && typeof stdin !== "string") {
    throw new InvalidOptionError("exec.stdin", "a text, or a function that returns one", stdin);
  }
  return () => stdin ?? "";
}
