import { readFileSync } from "node:fs";
import { builtinModules, findPackageJSON } from "node:module";
import { basename, dirname, extname, join } from "node:path";
import { build as esbuild, transform } from "esbuild";
import { rolldown } from "rolldown";
import { rollup } from "rollup";
import { rspack } from "@rspack/core";
import webpack from "webpack";
import { pageCode } from "../setup/readme.ts";

/** What a bundler is to make. */
export interface Plan {
  readonly entry: string;
  readonly format: "esm" | "cjs";
  readonly minify: boolean;
  /** A file in a folder of its own; chunks may lie beside it. */
  readonly outFile: string;
  /** Whether `import.meta.url` has to be something in CommonJS, as sdk-node wants it. */
  readonly metaUrl?: boolean;
}

/** Each bundler as its documentation says to use it for Node.js. Answers its warnings. */
export const bundlers: Readonly<Record<string, (plan: Plan) => Promise<readonly string[]>>> = {
  async esbuild({ entry, format, minify, outFile, metaUrl }) {
    const { warnings } = await esbuild({
      ...{ entryPoints: [entry], bundle: true, platform: "node", target: "node22" },
      ...{ format, minify, outfile: outFile, logLevel: "silent" },
      ...(metaUrl === true && pageOptions("esbuild-meta-url")),
      ...(format === "esm" && pageOptions("esbuild-esm")),
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

  webpack: async (plan) =>
    pack(plan, (options) => {
      const { promise, resolve, reject } = Promise.withResolvers<Stats>();
      const experiments = { outputModule: plan.format === "esm" };
      webpack({ ...options, experiments }, (error, stats) =>
        error ? reject(error) : resolve(stats!),
      );
      return promise;
    }),

  rspack: async (plan) =>
    pack(plan, (options) => {
      const { promise, resolve, reject } = Promise.withResolvers<Stats>();
      rspack(options, (error, stats) => (error ? reject(error) : resolve(stats!)));
      return promise;
    }),
};

/** What webpack and rspack, which takes the same options, say of their work. */
interface Stats {
  toJson(options: { all: false; errors: true; warnings: true }): {
    readonly errors?: readonly { readonly message: string }[] | undefined;
    readonly warnings?: readonly { readonly message: string }[] | undefined;
  };
}

async function pack(
  plan: Plan,
  runs: (options: ReturnType<typeof packOptions>) => Promise<Stats>,
): Promise<readonly string[]> {
  const stats = await runs(packOptions(plan));
  const { errors = [], warnings = [] } = stats.toJson({ all: false, errors: true, warnings: true });
  if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join("\n"));
  return warnings.map(({ message }) => message);
}

function packOptions({ entry, format, minify, outFile }: Plan) {
  const isModule = format === "esm";
  return {
    ...({ entry, target: "node22", mode: minify ? "production" : "development" } as const),
    devtool: false,
    output: {
      path: dirname(outFile),
      filename: basename(outFile),
      ...(isModule && { library: { type: "module" }, module: true }),
    },
  } as const;
}

/** What docs/bundles.md gives esbuild. */
function pageOptions(name: string): object {
  // oxlint-disable-next-line no-implied-eval -- code of our own page
  return new Function(`return {${pageCode("docs/bundles.md", name, "js")}};`)() as object;
}

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
