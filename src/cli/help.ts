import type { Command, CommandEntry, CommandOption } from "./command.ts";

/** The text of `taskmon --help`. */
export function programHelp(commands: readonly CommandEntry[]): string {
  return [
    "Usage: taskmon COMMAND [OPTION…] [ARGUMENT…]",
    "",
    "Commands:",
    ...columns(commands.map(({ name, summary }) => [name, summary])),
    "",
    "Options:",
    ...columns([
      ["--help", "Print this help, or the help of a command"],
      ["--version", "Print the version"],
    ]),
    "",
    "Exit codes: 0 no problems, 1 problems found, 2 invalid command line.",
  ].join("\n");
}

/** The text of `taskmon COMMAND --help`. */
export function commandHelp(name: string, command: Command): string {
  const options: readonly [string, CommandOption][] = [
    ...Object.entries(command.options),
    ["json", { help: "Print one JSON value, for programs" }],
    ["help", { help: "Print this" }],
  ];
  return [
    usageLine(name, command),
    "",
    command.help,
    "",
    "Options:",
    ...columns(
      options.map(([key, { value, help }]) => [
        `--${key}${value === undefined ? "" : ` ${value}`}`,
        help,
      ]),
    ),
  ].join("\n");
}

/** `Usage: taskmon check [OPTION…] FILE…` */
export function usageLine(name: string, command: Command): string {
  return `Usage: taskmon ${name} [OPTION…] ${command.usage}`.trimEnd();
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}
