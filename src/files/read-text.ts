import type { FileHandle } from "node:fs/promises";
import { messageOf } from "../shared/errors.ts";
import type { SpecProblem } from "./problem.ts";

/** The longest file that is read, in bytes. */
const MAX_BYTES = 524_288;

/** The text of a file, or why there is none. Reads at most the limit, and never rejects. */
export async function readText(
  file: string,
): Promise<{ readonly file: string; readonly text: string } | SpecProblem> {
  const problem = (message: string): SpecProblem => ({ file, line: 1, column: 1, message });
  let bytes: Uint8Array | string;
  try {
    bytes = await readFileBytes(file);
  } catch (error) {
    return problem(`the file cannot be read: ${messageOf(error)}`);
  }
  if (typeof bytes === "string") return problem(bytes);
  try {
    return { file, text: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
  } catch {
    return problem("the file is not UTF-8 text");
  }
}

/** The bytes of a file, or the reason not to read them. Rejects with the system's error. */
export async function readFileBytes(file: string): Promise<Uint8Array | string> {
  const { constants, promises } = process.getBuiltinModule("node:fs");
  let handle: FileHandle | undefined;
  try {
    // Does not wait for the other end of a pipe. Windows has no such pipes and no such flag.
    handle = await promises.open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    return await readBytes(handle);
  } finally {
    await handle?.close().catch(() => {});
  }
}

async function readBytes(handle: FileHandle): Promise<Uint8Array | string> {
  // Ask the open file: its name may point elsewhere at any moment. A pipe might never end.
  if (!(await handle.stat()).isFile()) return "the file is not a regular file";
  const buffer = Buffer.allocUnsafeSlow(MAX_BYTES + 1);
  let length = 0;
  for (;;) {
    const { bytesRead } = await handle.read(buffer, length, buffer.length - length);
    if (bytesRead === 0) return buffer.subarray(0, length);
    length += bytesRead;
    // The reported size may be too small: the file grows, or the system creates it while it is read.
    if (length > MAX_BYTES) return `the file is longer than ${MAX_BYTES} bytes`;
  }
}
