import { writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { Command } from "../command.ts";
import { versionOf } from "../installed.ts";
import { PROGRAM } from "../init/program.ts";
import { UsageError } from "../usage-error.ts";

const DEFAULT_FILE = "service.mjs";

/** `taskmon init [FILE]` */
export const init: Command = {
  usage: "[FILE]",
  args: { min: 0, max: 1 },
  options: {},
  help:
    "Writes a first program: a server that counts its greetings and shows its metrics. FILE is service.mjs\n" +
    "by default; its name ends in .mjs, .js, .mts or .ts. An existing file is not changed.",
  async run(call) {
    const [file = DEFAULT_FILE] = call.args;
    if (!/\.m?[jt]s$/.test(file)) {
      throw new UsageError(`FILE must end in .mjs, .js, .mts or .ts, got ${file}`);
    }
    try {
      await writeFile(file, PROGRAM, { flag: "wx" });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      call.error(`${file} is there already, and stays as it is; name another file`);
      return 1;
    }
    const missing = ["taskmon", "@opentelemetry/api"].filter(
      (name) => versionOf(dirname(resolve(file)), name) === undefined,
    );
    const steps = [
      ...(missing.length === 0 ? [] : [`npm install ${missing.join(" ")}`]),
      `node ${file}`,
    ];
    if (call.json) call.out(JSON.stringify({ file: resolve(file), next: steps }));
    else call.out(`Wrote ${file}. Next:\n${steps.map((step) => `  ${step}`).join("\n")}`);
    return 0;
  },
};
