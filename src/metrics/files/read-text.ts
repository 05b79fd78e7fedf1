import { readFile, stat } from "node:fs/promises";
import { messageOf } from "../../shared/errors.ts";
import type { SpecProblem } from "./problem.ts";

/** The longest file that is read, in bytes. */
const MAX_BYTES = 524_288;

/** The text of a file, or why there is none. Never rejects. */
export async function readText(
  file: string,
): Promise<{ readonly file: string; readonly text: string } | SpecProblem> {
  const problem = (message: string): SpecProblem => ({ file, line: 1, column: 1, message });
  let bytes: Buffer;
  try {
    const status = await stat(file);
    // A pipe might never end.
    if (!status.isFile()) return problem("the file is not a regular file");
    if (status.size > MAX_BYTES) return problem(`the file is longer than ${MAX_BYTES} bytes`);
    bytes = await readFile(file);
  } catch (error) {
    return problem(`the file cannot be read: ${messageOf(error)}`);
  }
  try {
    return { file, text: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
  } catch {
    return problem("the file is not UTF-8 text");
  }
}
