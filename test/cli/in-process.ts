import { runCli } from "../../src/cli/run.ts";

/** Runs the `taskmon` program in this process. */
export async function cli(
  ...args: string[]
): Promise<{ code: number; out: string; error: string }> {
  const lines = { out: [] as string[], error: [] as string[] };
  const code = await runCli(args, {
    out: (text) => lines.out.push(text),
    error: (text) => lines.error.push(text),
  });
  return { code, out: lines.out.join("\n"), error: lines.error.join("\n") };
}
