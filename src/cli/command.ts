/** How a command ended: 0 all is well, 1 it found problems or failed, 2 it was called wrongly. */
export type ExitCode = 0 | 1 | 2;

/** An option of a command: `--name`, or `--name VALUE` if it takes a value. */
export interface CommandOption {
  /** The placeholder of the value in the help; absent for an option without a value. */
  readonly value?: string;
  /** One line for the help. */
  readonly help: string;
}

/** How a command was called. */
export interface CommandCall {
  /** The arguments that are no options. */
  readonly args: readonly string[];
  /** The options that were given. */
  readonly options: Readonly<Record<string, string | true>>;
  /** Whether a program reads the output: then it is one JSON value. */
  readonly json: boolean;
  /** Writes a line, or lines, to standard output. */
  out(text: string): void;
  /** Writes a line, or lines, to standard error. */
  error(text: string): void;
}

/** A command of the `taskmon` program. */
export interface Command {
  /** The arguments after the name: `FILE…`. */
  readonly usage: string;
  /** The fewest and the most arguments. */
  readonly args: { readonly min: number; readonly max: number };
  /** Its options besides `--json` and `--help`, which every command has. */
  readonly options: Readonly<Record<string, CommandOption>>;
  /** The description for `taskmon COMMAND --help`. */
  readonly help: string;
  /** Runs the command. If it throws, the exit code is 1. */
  run(call: CommandCall): Promise<ExitCode>;
}

/** A line of the table of commands. The command's module is loaded only when it is called. */
export interface CommandEntry {
  readonly name: string;
  /** One line for `taskmon --help`. */
  readonly summary: string;
  load(): Promise<Command>;
}
