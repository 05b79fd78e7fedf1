import type { FileHandle } from "node:fs/promises";
import { messageOf } from "../shared/errors.ts";
import type { SpecProblem } from "./problem.ts";

/** The longest file that is read, in bytes. */
const MAX_BYTES = 524_288;

/** The text of a file, or why there is none. Reads no more than it takes, and never rejects. */
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

/** The bytes of a file, or what speaks against reading them. Rejects as the system does. */
export async function readFileBytes(file: string): Promise<Uint8Array | string> {
  const { constants, promises } = process.getBuiltinModule("node:fs");
  let handle: FileHandle | undefined;
  try {
    // Without waiting for a pipe's other end. Windows has neither such pipes nor the flag.
    handle = await promises.open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    return await readBytes(handle);
  } finally {
    await handle?.close().catch(() => {});
  }
}

async function readBytes(handle: FileHandle): Promise<Uint8Array | string> {
  // Asked of what is open, since what the name means may change at any moment. A pipe might never end.
  if (!(await handle.stat()).isFile()) return "the file is not a regular file";
  const buffer = Buffer.allocUnsafeSlow(MAX_BYTES + 1);
  let length = 0;
  for (;;) {
    const { bytesRead } = await handle.read(buffer, length, buffer.length - length);
    if (bytesRead === 0) return buffer.subarray(0, length);
    length += bytesRead;
    // Its size may say less: it grows, or is one of those that the system makes as they are read.
    if (length > MAX_BYTES) return `the file is longer than ${MAX_BYTES} bytes`;
  }
}
