import { createHash } from "node:crypto";
import { classNameOf } from "../../shared/class-name.ts";
import { chainOf } from "./chain.ts";

/** A frame of a V8 stack: `at load (/srv/app/src/load.ts:3:7)`. */
const FRAME = /^\s*at (?:(.+?) \()?(?:file:\/\/)?(.+?)(?::\d+)?(?::\d+)?\)?$/;

/**
 * What groups errors of one cause: the same on every machine and after every release that did not touch
 * the place. Made of the error's id, the classes and codes of its causes, and the function and file where
 * it was made. Messages do not count, since they name what differs; nor do line numbers and folders.
 */
export function fingerprintOf(id: bigint, error: Error): string {
  const links = [...chainOf(error)].map((link) => {
    if (!(link instanceof Error)) return typeof link;
    const { code } = link as { readonly code?: unknown };
    return `${classNameOf(link, link.name)} ${typeof code === "string" ? code : ""}`;
  });
  const text = [id.toString(16), ...links, placeOf(error)].join("\n");
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

/** The innermost function that is the program's, not ours and not Node.js's. */
function placeOf({ stack = "" }: Error): string {
  for (const line of stack.split("\n")) {
    const [, name = "", file = ""] = FRAME.exec(line) ?? [];
    if (file === "" || file.startsWith("node:") || /[/\\]node_modules[/\\]/.test(file)) continue;
    return `${name.replace(/^new /, "")} ${file.split(/[/\\]/).at(-1)}`;
  }
  return "";
}
