import { readFileSync } from "node:fs";
import { builtinModules, findPackageJSON } from "node:module";
import { basename, dirname, extname, join } from "node:path";
import { build as esbuild, transform } from "esbuild";
import { rolldown } from "rolldown";
import { rollup } from "rollup";
import webpack from "webpack";

/** What a bundler is to make. */
export interface Plan {
  readonly entry: string;
  readonly format: "esm" | "cjs";
  readonly minify: boolean;
  /** A file in a folder of its own; chunks may lie beside it. */
  readonly outFile: string;
}

/** Each bundler as its documentation says to use it for Node.js. Answers its warnings. */
export const bundlers: Readonly<Record<string, (plan: Plan) => Promise<readonly string[]>>> = {
  async esbuild({ entry, format, minify, outFile }) {
    const { warnings } = await esbuild({
      ...{ entryPoints: [entry], bundle: true, platform: "node", target: "node22" },
      ...{ format, minify, outfile: outFile, logLevel: "silent" },
      // What CommonJS packages require in an ES module: esbuild's own advice.
      ...(format === "esm" && {
        banner: {
          js: 'import { createRequire as $require } from "node:module"; const require = $require(import.meta.url);',
        },
      }),
    });
    return warnings.map(({ text }) => text);
  },

  async rolldown({ entry, format, minify, outFile }) {
    const warnings: string[] = [];
    const onLog = (_level: string, log: { readonly message: string }): void =>
      void warnings.push(log.message);
    await using bundle = await rolldown({ input: entry, platform: "node", onLog });
    await bundle.write({ file: outFile, format, minify, codeSplitting: false });
    return warnings;
  },

  async rollup({ entry, format, minify, outFile }) {
    const warnings: string[] = [];
    const bundle = await rollup({
      input: entry,
      // Rollup bundles ES modules alone by itself: what reads spec files stays outside, as one may have it.
      external: [...builtinModules, /^node:/, "ajv", "yaml"],
      onwarn: ({ message }) => void warnings.push(message),
      plugins: [
        {
          name: "resolve",
          resolveId: (source, importer) =>
            /^[./]/.test(source) || importer === undefined ? null : resolveModule(source, importer),
        },
        {
          name: "minify",
          renderChunk: async (code) => (minify ? transform(code, { minify }) : null),
        },
      ],
    });
    const extension = extname(outFile);
    await bundle.write({
      ...{ dir: dirname(outFile), format, entryFileNames: `[name]${extension}` },
      chunkFileNames: `[name]-[hash]${extension}`,
    });
    await bundle.close();
    return warnings;
  },

  async webpack({ entry, format, minify, outFile }) {
    const isModule = format === "esm";
    const stats = await new Promise<webpack.Stats>((resolve, reject) => {
      webpack(
        {
          ...{ entry, target: "node22", mode: minify ? "production" : "development" },
          ...{ devtool: false, experiments: { outputModule: isModule } },
          output: {
            path: dirname(outFile),
            filename: basename(outFile),
            ...(isModule && { library: { type: "module" }, module: true }),
          },
        },
        (error, result) => (error ? reject(error) : resolve(result!)),
      );
    });
    const { errors = [], warnings = [] } = stats.toJson({
      all: false,
      errors: true,
      warnings: true,
    });
    if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join("\n"));
    return warnings.map(({ message }) => message);
  },
};

/** As Node.js resolves an `import` of a package. */
function resolveModule(source: string, importer: string): string {
  const manifest = findPackageJSON(source, importer)!;
  const { name, exports } = JSON.parse(readFileSync(manifest, "utf8")) as {
    readonly name: string;
    readonly exports: Readonly<
      Record<string, { readonly default: string | { readonly default: string } }>
    >;
  };
  const entry = exports[`.${source.slice(name.length)}`]!.default;
  return join(dirname(manifest), typeof entry === "string" ? entry : entry.default);
}
