import { formatProblem, SpecFileError } from "../files/problem.ts";
import type { CommandCall } from "./command.ts";

/** The result of `read`. If a file has problems, prints them and returns undefined. */
export async function readOrPrint<T>(
  call: CommandCall,
  read: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof SpecFileError)) throw error;
    const { problems } = error;
    if (call.json) call.out(JSON.stringify({ ok: false, problems }));
    else call.error(problems.map(formatProblem).join("\n"));
    return undefined;
  }
}
