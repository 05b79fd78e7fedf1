import { readFileSync } from "node:fs";
import { join } from "node:path";

/** What one entry point of the package exports, each list sorted. */
export interface PublicNames {
  readonly values: readonly string[];
  readonly types: readonly string[];
}

/** The exported names of every entry point, by the name under which it is imported. */
export function publicNames(root: string): ReadonlyMap<string, PublicNames> {
  const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  };
  const found = new Map<string, PublicNames>();
  for (const [entry, conditions] of Object.entries(exports)) {
    const file = typeof conditions === "string" ? undefined : conditions["@taskmon/source"];
    if (file === undefined) continue;
    const name = join("taskmon", entry);
    found.set(name, namesIn(readFileSync(join(root, file), "utf8")));
  }
  return found;
}

/** An entry exports by lists of names, or what it declares itself. */
function namesIn(source: string): PublicNames {
  const values = new Set<string>();
  const types = new Set<string>();
  for (const [, allTypes, list] of source.matchAll(/^export (type )?\{([^}]*)\}/gm)) {
    for (const item of list!.split(",").map((text) => text.trim())) {
      if (item === "") continue;
      const isType = allTypes !== undefined || item.startsWith("type ");
      const name = item.replace(/^type /, "").replace(/^.* as /, "");
      (isType ? types : values).add(name);
    }
  }
  for (const [, kind, name] of source.matchAll(
    /^export (?:async )?(interface|type|class|function|const) (\w+)/gm,
  )) {
    (kind === "interface" || kind === "type" ? types : values).add(name!);
  }
  return { values: [...values].toSorted(), types: [...types].toSorted() };
}
