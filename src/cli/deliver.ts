import { readFile, writeFile } from "node:fs/promises";
import type { CommandCall, CommandOption, ExitCode } from "./command.ts";
import { UsageError } from "./usage-error.ts";

/** The options of a command that writes a text. */
export const deliveryOptions: Readonly<Record<string, CommandOption>> = {
  out: { value: "PATH", help: "Write to this file instead of standard output" },
  check: { help: "Write nothing; fail unless the file of --out is up to date" },
};

/** Writes a command's text to where its options ask for it. */
export async function deliver(call: CommandCall, text: string): Promise<ExitCode> {
  const { out, check } = call.options;
  if (check !== undefined && typeof out !== "string") {
    throw new UsageError("--check needs --out PATH");
  }
  if (typeof out !== "string") {
    call.out(text.trimEnd());
    return 0;
  }
  if (check === undefined) {
    await writeFile(out, text);
    return 0;
  }
  const current = await readFile(out, "utf8").catch(() => undefined);
  if (current === text) return 0;
  call.error(`${out} is not up to date; run this command without --check`);
  return 1;
}
