import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { reachable } from "../../scripts/module-graph.ts";

/** What a test that shares its process may import, beside files of the project. */
const MODULES = new Set([
  ...["vitest", "fast-check", "yaml", "ajv", "@opentelemetry/sdk-metrics"],
  ...["@opentelemetry/resources", "reflect-metadata"],
  ...["assert", "async_hooks", "buffer", "crypto", "events", "fs", "fs/promises", "os"].map(ofNode),
  ...["path", "perf_hooks", "sqlite", "stream", "timers/promises", "url", "util", "zlib"].map(
    ofNode,
  ),
]);

/** What a process has once: a test that changes it, or looks at it, has a process of its own. */
const OF_THE_PROCESS =
  /\bvi\.|\bprocess\.(?!cpuUsage|execPath|hrtime|pid|platform|version)|\bglobalThis\b|\bgc\(|\bcreateTaskmon\b|\bconsole\./;

const IMPORTED = /(?:\sfrom\s|^import\s|\bimport\()"([^".][^"]*)"/gm;

/** Relative imports between files of `test`. */
const WITHIN_TEST =
  /^(?:import|export)\s(?:[^"';]*?\sfrom\s)?"(\.(?:(?!\/(?:src|scripts|examples)\/)[^"])*)"/gm;

/**
 * The test files that run together in few processes, one after another, each with the modules that the ones
 * before have loaded: those that change nothing that a process has once, nor have a helper that does.
 * @returns paths from the root
 */
export function sharingTests(root: string): string[] {
  const verdicts = new Map<string, boolean>();
  const shares = (file: string): boolean => {
    const known = verdicts.get(file) ?? mayShare(file, readFileSync(file, "utf8"));
    verdicts.set(file, known);
    return known;
  };
  return globSync("test/**/*.test.ts", { cwd: root }).filter((file) =>
    [...reachable(join(root, file), new Set(), WITHIN_TEST)].every(shares),
  );
}

/** Whether a file of `test` with this text lets a test share its process. */
export function mayShare(file: string, text: string): boolean {
  if (file.includes("/test/setup/")) return false;
  if (OF_THE_PROCESS.test(text)) return false;
  return [...text.matchAll(IMPORTED)].every(([, name]) => MODULES.has(name!));
}

function ofNode(name: string): string {
  return `node:${name}`;
}
