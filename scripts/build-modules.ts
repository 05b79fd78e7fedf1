import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type MinifyOptions, type Plugin, rolldown, type RolldownBuild } from "rolldown";
import { entrySources, reachable } from "./module-graph.ts";
import { statementLines } from "./statement-lines.ts";

const external = [/^node:/, "@opentelemetry/api", /^ajv(\/|$)/, "yaml"];

/**
 * What takes V8 less time to read, while stack traces stay as they are: functions, classes and methods keep
 * their names, and each statement its line. Only local variables get shorter ones.
 */
const minify: MinifyOptions = {
  mangle: { toplevel: false, keepNames: true },
  compress: { keepNames: { function: true, class: true }, sequences: false, joinVars: false },
  // One character beyond Latin-1, and V8 keeps two bytes of each of a file.
  codegen: { removeWhitespace: true, asciiOnly: true },
};

/**
 * Writes the package's JavaScript into `dist`: few files, since each costs time at import. Every entry of
 * package.json's `exports` and `bin` is a file of its own name; what nearly every program loads is in two chunks.
 */
export async function writeModules(root: string, dist: string): Promise<void> {
  const input = entrySources(root);
  // The two that nearly every program loads; nothing in the first needs the second.
  const metrics = reachable(join(root, "src/metrics/index.ts"));
  const core = reachable(join(root, "src/index.ts"));
  await using build = await rolldown({
    ...{ input, external, cwd: root, platform: "node" },
    plugins: [await withoutFiles(root), ...statementLines(minify)],
    treeshake: {
      moduleSideEffects: [
        { test: /register\/index\.ts$/, sideEffects: true },
        { test: /./, sideEffects: false },
      ],
    },
  });
  await build.write({
    ...{ dir: dist, format: "esm", entryFileNames: "[name].js", sourcemap: true },
    // What people read is in the declarations and the source maps; what runs is loaded faster without.
    comments: { legal: false, annotation: true, jsdoc: false },
    minify: false,
    chunkFileNames: "chunks/[name]-[hash].js",
    codeSplitting: {
      groups: [
        { name: "metrics", priority: 2, test: (id) => metrics.has(id) },
        { name: "core", priority: 1, test: (id) => core.has(id) },
      ],
    },
  });
}

/** Puts into a bundle what the sources read from files, which no bundle has. */
export async function withoutFiles(root: string): Promise<Plugin> {
  const worker = await workerText(root);
  const texts: Readonly<Record<string, () => string>> = {
    "src/task/allocators/sqlite/worker-source.ts": () =>
      `export const workerSource = { text: ${JSON.stringify(worker)} };`,
    "src/files/schema-source.ts": () => {
      const schema = readFileSync(join(root, "schema/metric-specs.schema.json"), "utf8");
      return `export const schemaSource = () => (${JSON.stringify(JSON.parse(schema))});`;
    },
    "src/admin/asset-source.ts": () => {
      const folder = join(root, "src/admin/assets");
      const files = readdirSync(folder).map((name) => [
        name,
        readFileSync(join(folder, name), "utf8"),
      ]);
      const assets = JSON.stringify(Object.fromEntries(files));
      return `const assets = ${assets};\nexport const assetSource = (name) => assets[name];`;
    },
  };
  const byPath = new Map(Object.entries(texts).map(([file, text]) => [join(root, file), text]));
  return { name: "without-files", load: (id) => byPath.get(id)?.() };
}

/**
 * The SQLite thread as one text. Its `require` is Node.js's own for built-in modules, which there is in each
 * kind of worker, also where a text runs as an ES module.
 */
async function workerText(root: string): Promise<string> {
  const input = join(root, "src/task/allocators/sqlite/worker.ts");
  await using build: RolldownBuild = await rolldown({ input, external, platform: "node" });
  const { output: chunks } = await build.generate({ format: "cjs", minify: true, comments: false });
  const [{ code }] = chunks;
  return `((require,exports,module)=>{${code}})((name)=>process.getBuiltinModule(name),{},{});`;
}
