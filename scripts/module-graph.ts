import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

interface Manifest {
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly bin: Readonly<Record<string, string>>;
}

/** The source of every entry in `exports` and `bin` of package.json, by its path in `dist` without `.js`. */
export function entrySources(root: string): Record<string, string> {
  const { exports, bin } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Manifest;
  const sources = Object.values(exports).flatMap((entry) =>
    typeof entry === "string" ? [] : [entry["@taskmon/source"]!],
  );
  const programs = Object.values(bin).map((file) =>
    file.replace(/^(\.\/)?dist\//, "./src/").replace(/\.js$/, ".ts"),
  );
  return Object.fromEntries(
    [...sources, ...programs].map((file) => [file.slice("./src/".length, -".ts".length), file]),
  );
}

/** An import that loads: what is imported for types alone does not. */
const IMPORT = /^(?:import|export)\s(?!type\s)(?:[^"';]*?\sfrom\s)?"(\.[^"]+)"/gm;

/** Whatever one file of declarations takes from another. */
export const DECLARATION: RegExp = /(?:\sfrom\s|\bimport\()"(\.[^"]+)"/g;

/** The files that come with `file`, itself included, by the paths that `pattern` finds. */
export function reachable(
  file: string,
  found: Set<string> = new Set(),
  pattern: RegExp = IMPORT,
): Set<string> {
  if (found.has(file) || !existsSync(file)) return found;
  found.add(file);
  for (const [, name] of readFileSync(file, "utf8").matchAll(pattern)) {
    const next = join(dirname(file), name!);
    reachable(file.endsWith(".d.ts") ? next.replace(/\.[jt]s$/, ".d.ts") : next, found, pattern);
  }
  return found;
}
