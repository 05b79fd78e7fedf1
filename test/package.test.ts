import { mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { beforeAll, describe, expect, inject, it } from "vitest";
import { packageFaults } from "../scripts/package-faults.ts";
import { packPackage, type Packed } from "./setup/pack.ts";
import { run, runOk } from "./setup/run.ts";

const root = join(import.meta.dirname, "..");
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  dependencies?: Record<string, string>;
  peerDependencies: Record<string, string>;
  peerDependenciesMeta: Record<string, { optional?: boolean }>;
  exports: Record<string, unknown>;
};
/** All but the one that acts. */
const entries = Object.keys(manifest.exports).filter(
  (name) => !name.endsWith(".json") && name !== "./register",
);

it("asks for the OpenTelemetry API, and brings only what reads spec files", () => {
  const optional = manifest.peerDependenciesMeta;
  const hardPeers = Object.keys(manifest.peerDependencies).filter(
    (name) => !optional[name]?.optional,
  );
  expect(hardPeers).toEqual(["@opentelemetry/api"]);
  expect(Object.keys(manifest.dependencies ?? {})).toEqual(["ajv", "yaml"]);
});

describe("the packed package", () => {
  let packed: Packed;

  beforeAll(async () => {
    packed = await packPackage();
  });

  it("is what its package.json says", () => {
    expect(packageFaults(packed.project)).toEqual([]);
  });

  it("contains the built code and what a reader needs, and nothing else", () => {
    const paths = packed.files.map((file) => file.path);
    const outside = paths.filter((path) => !/^(dist|docs)\//.test(path));
    expect(outside.toSorted()).toEqual([
      "CHANGELOG.md",
      "LICENSE",
      "README.md",
      "package.json",
      "schema/metric-specs.schema.json",
    ]);
    expect(paths.filter((path) => /\.(test|test-d|bench|tsbuildinfo)\b/.test(path))).toEqual([]);
  });

  it("is small", () => {
    const bytes = (kind: RegExp): number =>
      packed.files.filter(({ path }) => kind.test(path)).reduce((sum, { size }) => sum + size, 0);
    // Most of it is the sources in the source maps.
    expect(packed.size).toBeLessThan(2_000_000);
    expect(bytes(/\.js$/)).toBeLessThan(1_150_000);
    expect(bytes(/\.d\.ts$/)).toBeLessThan(660_000);
    expect(bytes(/^docs\//)).toBeLessThan(440_000);
    expect(bytes(/(?<!\.map)$/)).toBeLessThan(2_350_000);
    // Each module costs time at import, so there are few.
    expect(packed.files.filter(({ path }) => path.startsWith("dist/chunks/core")).length).toBe(2);
  });

  it("has every page that its pages link to, and says which are elsewhere", () => {
    const pages = new Set(
      packed.files.map(({ path }) => path).filter((path) => path.startsWith("docs/")),
    );
    const missing = [...pages].flatMap((page) => {
      const text = readFileSync(join(packed.project, page), "utf8");
      const [here = ""] = text.split("## Only in the repository");
      return Array.from(here.matchAll(/\]\((?!https?:)([^)#\s]+\.md)/g), ([, link]) =>
        join(dirname(page), link!),
      ).filter((target) => target.startsWith("docs/") && !pages.has(target));
    });
    expect(missing).toEqual([]);
  });

  it.each([
    {
      name: "taskmon",
      files: ["dist/chunks/core.js", "dist/chunks/metrics.js", "dist/index.js"],
      builtins: ["async_hooks", "diagnostics_channel", "events", "os", "path"],
    },
    {
      name: "taskmon/metrics",
      files: ["dist/chunks/metrics.js", "dist/metrics/index.js"],
      builtins: ["os"],
    },
  ])("loads few files for $name, and nothing of others", async ({ name, files, builtins }) => {
    const script = `
      import { registerHooks } from "node:module";
      const loaded = [];
      registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
      await import("${name}");
      console.log(JSON.stringify(loaded));
    `;
    const args = ["--input-type=module", "-e", script];
    const { stdout } = await runOk(process.execPath, args, { cwd: packed.project });
    const loaded = (JSON.parse(stdout) as string[]).map((url) =>
      url.replace(pathToFileURL(`${packed.project}/`).href, "").replace(/-[\w-]{8}\.js$/, ".js"),
    );
    // The slow ones, node:crypto, node:net or node:fs with all that it leads to, come at their first use.
    expect(loaded.toSorted()).toEqual(
      [...files, ...builtins.map((builtin) => `node:${builtin}`)].toSorted(),
    );
  });

  it("has names and lines in stack traces, and one byte for each character that V8 keeps", async () => {
    const script = `
      import { createTaskmon } from "taskmon";
      try { createTaskmon({ delivery: "by mail" }); } catch ({ name, stack }) {
        console.log(JSON.stringify({ name, stack }));
      }`;
    const args = ["--input-type=module", "-e", script];
    const { stdout } = await runOk(process.execPath, args, { cwd: packed.project });
    const { name, stack } = JSON.parse(stdout) as { readonly name: string; readonly stack: string };
    expect(name).toBe("InvalidOptionError");
    const places = Array.from(stack.matchAll(/at (?:new )?(\S+) \(.*\/(\w+)-[\w-]+\.js:(\d+):/g));
    const ours = places.map(([, place, chunk]) => `${chunk} ${place}`);
    expect(ours).toEqual([
      ...["metrics choiceOption", "core registryOf", "core createCore", "core Taskmon"],
      "core createTaskmon",
    ]);
    // A line for each statement, so that each of these is on its own.
    expect(new Set(places.map(([, , , line]) => line)).size).toBe(places.length);
    for (const { path } of packed.files) {
      if (!/^dist\/chunks\/(core|metrics)-.*\.js$/.test(path)) continue;
      expect(readFileSync(join(packed.project, path), "latin1")).not.toMatch(/[\u0080-\u00ff]/);
    }
  });

  it("shows the lines of the sources where Node.js reads source maps", async () => {
    const script = `
      import { createTaskmon } from "taskmon";
      try { createTaskmon({ delivery: "by mail" }); } catch ({ stack }) { console.log(stack); }`;
    const args = ["--enable-source-maps", "--input-type=module", "-e", script];
    const { stdout } = await runOk(process.execPath, args, { cwd: packed.project });
    const [, name, line] = /at choiceOption \(.*\/src\/(.+\.ts):(\d+):/.exec(stdout)!;
    const source = readFileSync(join(root, "src", name!), "utf8").split("\n");
    expect(source[Number(line) - 1]).toMatch(/throw new InvalidOptionError/);
  });

  it("keeps no path of its own, which bundles do not have", () => {
    const scripts = packed.files.filter(({ path }) => path.endsWith(".js"));
    const withPath = scripts.filter(({ path }) =>
      readFileSync(join(packed.project, path), "utf8").includes("import.meta"),
    );
    expect(withPath).toEqual([]);
  });

  it.each([
    ["node16", "node16"],
    ["nodenext", "nodenext"],
    ["preserve", "bundler"],
  ])("has types of every entry for module %s, resolution %s", async (module, moduleResolution) => {
    const folder = mkdtempSync(join(inject("testRun").folder, "types-"));
    mkdirSync(join(folder, "node_modules"));
    symlinkSync(packed.project, join(folder, "node_modules/taskmon"));
    symlinkSync(join(root, "node_modules/@types"), join(folder, "node_modules/@types"));
    const names = [...entries, "./register"].map((entry) => `taskmon${entry.slice(1)}`);
    const lines = names.map((name, i) => `import * as entry${i} from "${name}"; void entry${i};`);
    writeFileSync(join(folder, "index.mts"), lines.join("\n"));
    writeFileSync(
      join(folder, "tsconfig.json"),
      JSON.stringify({
        compilerOptions: {
          ...{ module, moduleResolution, target: "es2023", strict: true, noEmit: true },
          ...{ types: ["node"], preserveSymlinks: false, lib: ["es2024", "esnext.disposable"] },
        },
      }),
    );
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    const { stdout } = await run(process.execPath, [tsc, "-p", "."], { cwd: folder });
    // Other packages' declarations are not ours to mend.
    expect(stdout.split("\n").filter((line) => /^index|taskmon/.test(line))).toEqual([]);
  });

  it.each(entries)("does nothing when %s is imported", async (entry) => {
    const name = `taskmon${entry.slice(1)}`;
    const script = `
      // Their pipes open at the first use, which is then not the package's doing.
      void [process.stdout, process.stderr];
      const state = () => [
        Object.keys(globalThis), process.eventNames(), process.getActiveResourcesInfo(),
      ];
      const before = state();
      await import("${name}");
      console.log(JSON.stringify({ before, after: state() }));
    `;
    const { stdout, stderr } = await runOk(
      process.execPath,
      ["--input-type=module", "-e", script],
      {
        cwd: packed.project,
      },
    );
    const { before, after } = JSON.parse(stdout) as Record<string, unknown>;
    expect(after).toEqual(before);
    expect(stderr).toBe("");
  });
});

describe("packageFaults", () => {
  const good = {
    "package.json": JSON.stringify({
      version: "1.2.3",
      exports: {
        "./a": {
          "@taskmon/source": "./src/a.ts",
          types: "./dist/a.d.ts",
          default: "./dist/a.js",
        },
        "./package.json": "./package.json",
      },
    }),
    "src/a.ts": "",
    "src/shared/version.ts": 'export const VERSION = "1.2.3";',
    "dist/a.d.ts": "",
    "dist/a.js": "",
  };

  it("finds nothing in a package that agrees with itself", () => {
    expect(faultsOf(good)).toEqual([]);
  });

  it("finds a file that is missing", () => {
    const { "dist/a.d.ts": _, ...files } = good;
    expect(faultsOf(files)).toEqual(['exports["./a"]: ./dist/a.d.ts is missing']);
  });

  it("finds an entry that leads elsewhere than its source does", () => {
    const elsewhere = good["package.json"].replace("./dist/a.js", "./dist/shared/version.js");
    expect(faultsOf({ ...good, "package.json": elsewhere, "dist/shared/version.js": "" })).toEqual([
      expect.stringMatching(/^exports\["\.\/a"\] is not \{.*"default":"\.\/dist\/a\.js"\}$/),
    ]);
  });

  it("finds another version in the code", () => {
    const files = { ...good, "src/shared/version.ts": 'export const VERSION = "1.2.2";' };
    expect(faultsOf(files)).toEqual(["src/shared/version.ts does not say 1.2.3"]);
  });
});

function faultsOf(files: Readonly<Record<string, string>>): string[] {
  const folder = mkdtempSync(join(inject("testRun").folder, "package-"));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return packageFaults(folder);
}
