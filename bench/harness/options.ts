import { parseArgs } from "node:util";

/** How long to measure. */
export interface RoundOptions {
  /** Rounds in which every contender has one turn. */
  readonly rounds: number;
  /** How long a turn takes, in milliseconds. */
  readonly roundMs: number;
}

/** What the command line says. */
export interface BenchOptions extends Partial<RoundOptions> {
  /** Suites to run; none means all. */
  readonly names: readonly string[];
  /** Print one line of JSON instead of tables. */
  readonly json: boolean;
}

/** Reads `[names…] [--json] [--rounds N] [--round-ms N]`. Throws a sentence for anything else. */
export function parseOptions(args: readonly string[]): BenchOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      json: { type: "boolean", default: false },
      rounds: { type: "string" },
      "round-ms": { type: "string" },
    },
  });
  return {
    names: positionals,
    json: values.json,
    ...(values.rounds !== undefined && { rounds: count("--rounds", values.rounds) }),
    ...(values["round-ms"] !== undefined && { roundMs: count("--round-ms", values["round-ms"]) }),
  };
}

function count(option: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new Error(`${option} expects a whole number above zero, got ${text}`);
}
