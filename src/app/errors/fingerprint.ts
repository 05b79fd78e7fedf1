import { createHash } from "node:crypto";
import { classNameOf } from "../../shared/class-name.ts";
import { chainOf } from "./chain.ts";

/** A frame of a V8 stack: `at load (/srv/app/src/load.ts:3:7)`. */
const FRAME = /^\s*at (?:(.+?) \()?(?:file:\/\/)?(.+?)(?::\d+)?(?::\d+)?\)?$/;

/**
 * A key that groups errors with the same cause. It is the same on every machine, and in every release that does
 * not change the place in the code. It is made of the error's id, the classes and codes of its causes, and the
 * function and file that created it. It ignores messages, line numbers and folders, because they vary.
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

/** The innermost function that belongs to the program, not to us or Node.js. */
function placeOf({ stack = "" }: Error): string {
  for (const line of stack.split("\n")) {
    const [, name = "", file = ""] = FRAME.exec(line) ?? [];
    if (file === "" || file.startsWith("node:") || /[/\\]node_modules[/\\]/.test(file)) continue;
    return `${name.replace(/^new /, "")} ${file.split(/[/\\]/).at(-1)}`;
  }
  return "";
}
