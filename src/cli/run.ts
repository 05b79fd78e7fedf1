import { parseArgs, type ParseArgsOptionsConfig } from "node:util";
import { messageOf } from "../shared/errors.ts";
import { VERSION } from "../shared/version.ts";
import type { Command, CommandCall, CommandEntry, ExitCode } from "./command.ts";
import { commands as allCommands } from "./commands/index.ts";
import { commandHelp, programHelp, usageLine } from "./help.ts";
import { UsageError } from "./usage-error.ts";

/** Where a run of the program writes lines to. */
export type CliOutput = Pick<CommandCall, "out" | "error">;

/**
 * Runs the `taskmon` program.
 * @param args the command line after the program's name
 */
export async function runCli(
  args: readonly string[],
  output: CliOutput,
  commands: readonly CommandEntry[] = allCommands,
): Promise<ExitCode> {
  const [name, ...rest] = args;
  if (name === "--help" || name === "-h" || name === "help")
    return print(output, programHelp(commands));
  if (name === "--version" || name === "-v") return print(output, VERSION);
  const entry = commands.find((command) => command.name === name);
  if (entry === undefined) {
    const problem = name === undefined ? "a command is missing" : `there is no command ${name}`;
    output.error(`taskmon: ${problem}\n\n${programHelp(commands)}`);
    return 2;
  }
  const command = await entry.load();
  try {
    const call = parseCall(command, rest, output);
    return call === undefined
      ? print(output, commandHelp(entry.name, command))
      : await command.run(call);
  } catch (error) {
    output.error(`taskmon ${entry.name}: ${messageOf(error)}`);
    if (!(error instanceof UsageError)) return 1;
    output.error(`${usageLine(entry.name, command)}\nSee taskmon ${entry.name} --help.`);
    return 2;
  }
}

/** The call that the arguments mean; undefined where they ask for help. */
function parseCall(
  command: Command,
  args: readonly string[],
  output: CliOutput,
): CommandCall | undefined {
  const config: ParseArgsOptionsConfig = {
    json: { type: "boolean" },
    help: { type: "boolean", short: "h" },
  };
  for (const [key, { value }] of Object.entries(command.options)) {
    config[key] = { type: value === undefined ? "boolean" : "string" };
  }
  const { values, positionals } = parse(args, config);
  if (values["help"] === true) return undefined;
  const { min, max } = command.args;
  if (positionals.length < min || positionals.length > max) {
    const wanted =
      max === min ? `${min}` : max === Infinity ? `at least ${min}` : `${min} to ${max}`;
    throw new UsageError(`expects ${wanted} of ${command.usage}, got ${positionals.length}`);
  }
  const { json, ...options } = values;
  return {
    args: positionals,
    options: options as CommandCall["options"],
    json: json === true,
    out: (text) => output.out(text),
    error: (text) => output.error(text),
  };
}

function parse(
  args: readonly string[],
  options: ParseArgsOptionsConfig,
): { values: Readonly<Record<string, unknown>>; positionals: string[] } {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(messageOf(error), { cause: error });
  }
}

function print(output: CliOutput, text: string): 0 {
  output.out(text);
  return 0;
}
