import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { publicNames } from "../public-names.ts";
import { type Declaration, declarationOf } from "./declarations.ts";

/** The reference of one entry point, as Markdown. */
export interface ApiPage {
  /** `taskmon/metrics` */
  readonly entry: string;
  readonly markdown: string;
}

/**
 * The reference of every entry point, from the declarations that the compiler writes.
 * @throws Error for an exported name without a declaration
 */
export function apiPages(root: string): ApiPage[] {
  const folder = mkdtempSync(join(tmpdir(), "taskmon-declarations-"));
  try {
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    const args = ["-p", "tsconfig.build.json", "--emitDeclarationOnly", "--outDir", folder];
    execFileSync(process.execPath, [tsc, ...args], { cwd: root, stdio: "inherit" });
    return [...publicNames(root)].map(([entry, { values, types }]) => {
      const file = join(folder, sourceOf(root, entry).replace(/\.ts$/, ".d.ts"));
      const read = (name: string): Declaration => {
        const found = declarationOf(file, name);
        if (found === undefined) throw new Error(`${entry} exports ${name}, which is not declared`);
        return found;
      };
      return { entry, markdown: pageOf(entry, values.map(read), types.map(read)) };
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The source of an entry point, from `src`. */
function sourceOf(root: string, entry: string): string {
  const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    readonly exports: Readonly<Record<string, Readonly<Record<string, string>>>>;
  };
  const key = entry === "taskmon" ? "." : entry.replace(/^taskmon/, ".");
  return exports[key]!["@taskmon/source"]!.replace(/^\.\/src\//, "");
}

function pageOf(
  entry: string,
  values: readonly Declaration[],
  types: readonly Declaration[],
): string {
  return [
    `# ${entry}`,
    ...(values.length === 0 ? [] : ["## Values", ...values.map(section)]),
    ...(types.length === 0 ? [] : ["## Types", ...types.map(section)]),
  ].join("\n\n");
}

function section({ name, doc, code }: Declaration): string {
  // Links to names and tags read as text.
  const text = doc
    .replaceAll(/\{@link (\w+)\}/g, "`$1`")
    .replaceAll(/^@(\w+)/gm, "\n**$1**")
    .replaceAll(/(\s)@(default|throws|returns|internal)\b/g, "$1**$2**");
  return [`### ${name}`, text, `\`\`\`ts\n${code}\n\`\`\``].filter(Boolean).join("\n\n");
}
