import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** An exported name, as its declaration file has it. */
export interface Declaration {
  readonly name: string;
  /** What its doc comment says, without the stars. */
  readonly doc: string;
  /** The declarations, one after another where there are overloads. */
  readonly code: string;
}

/** The declaration of a name that a module exports, itself or from another; undefined where it has none. */
export function declarationOf(file: string, name: string): Declaration | undefined {
  const text = readFileSync(file, "utf8");
  const own = ownDeclaration(text, name);
  if (own !== undefined) return own;
  for (const [, list, from] of text.matchAll(/export (?:type )?\{([^}]*)\} from "([^"]+)"/g)) {
    for (const item of list!.split(",").map((part) => part.trim().replace(/^type /, ""))) {
      const [original = "", alias = original] = item.split(" as ");
      if (alias !== name) continue;
      const next = fileOf(join(dirname(file), from!));
      const found = next === undefined ? undefined : declarationOf(next, original);
      return found && { ...found, name };
    }
  }
  return undefined;
}

function fileOf(path: string): string | undefined {
  return [path.replace(/\.(?:ts|js)$/, ".d.ts"), `${path}.d.ts`].find((file) => existsSync(file));
}

function ownDeclaration(text: string, name: string): Declaration | undefined {
  const start = new RegExp(
    String.raw`^export (?:declare )?(?:abstract )?(?:async )?(?:interface|type|class|function|const|enum) ${name}\b`,
    "gm",
  );
  const found = [...text.matchAll(start)];
  if (found.length === 0) return undefined;
  const code = found.map(({ index }) => text.slice(index, endOf(text, index)));
  return { name, doc: docBefore(text, found[0]!.index), code: code.join("\n") };
}

/** Where a declaration ends: its semicolon, or the brace that closes a body. */
function endOf(text: string, start: number): number {
  const hasBody = /^export (?:declare )?(?:abstract )?(?:interface|class|enum)/.test(
    text.slice(start, start + 60),
  );
  let depth = 0;
  for (let at = start; at < text.length; at += 1) {
    const sign = text[at]!;
    if (text.startsWith("/*", at)) {
      at = text.indexOf("*/", at) + 1;
    } else if (text.startsWith("//", at)) {
      at = text.indexOf("\n", at);
    } else if (sign === '"' || sign === "'" || sign === "`") {
      at = closing(text, at);
    } else if ("{([".includes(sign)) {
      depth += 1;
    } else if ("})]".includes(sign)) {
      depth -= 1;
      if (depth === 0 && hasBody && sign === "}") return at + 1;
    } else if (sign === ";" && depth === 0) {
      return at + 1;
    }
  }
  return text.length;
}

function closing(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== text[start]) at += text[at] === "\\" ? 2 : 1;
  return at;
}

function docBefore(text: string, start: number): string {
  const [, comment = ""] = /\/\*\*((?:[^*]|\*(?!\/))*)\*\/\s*$/.exec(text.slice(0, start)) ?? [];
  return comment
    .split("\n")
    .map((line) => line.replace(/^\s*\* ?/, ""))
    .join("\n")
    .trim();
}
