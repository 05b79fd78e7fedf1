import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, inject, it } from "vitest";
import { packageFaults } from "../scripts/package-faults.ts";
import { packPackage, type Packed } from "./setup/pack.ts";
import { runOk } from "./setup/run.ts";

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

  it("contains the built code, its sources and what a reader needs, and nothing else", () => {
    const paths = packed.files.map((file) => file.path);
    const outside = paths.filter((path) => !/^(dist|src|docs)\//.test(path));
    expect(outside.toSorted()).toEqual([
      "CHANGELOG.md",
      "LICENSE",
      "README.md",
      "package.json",
      "schema/metric-specs.schema.json",
    ]);
    expect(paths.filter((path) => /\.(test|test-d|bench|tsbuildinfo)\b/.test(path))).toEqual([]);
    for (const source of paths.filter((path) => path.startsWith("src/"))) {
      const built = source.replace(/^src/, "dist").replace(/\.ts$/, "");
      expect(paths).toEqual(expect.arrayContaining([`${built}.js`, `${built}.d.ts`]));
    }
  });

  it("is small", () => {
    // Code, declarations, sources, the maps between them, and the pages: about a third is the code itself.
    expect(packed.size).toBeLessThan(1_700_000);
    expect(packed.files.filter((file) => file.size > 64_000)).toEqual([]);
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
