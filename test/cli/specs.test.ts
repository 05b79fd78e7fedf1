import { mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, inject, it } from "vitest";
import { showId } from "../../src/identity/id.ts";
import { derivedMetricId, derivedServiceId } from "../../src/metrics/derived-ids.ts";
import { VERSION } from "../../src/shared/version.ts";
import { run, runOk } from "../setup/run.ts";
import { cli } from "./in-process.ts";

const root = join(import.meta.dirname, "../..");
const example = join(root, "examples/spec-files/metrics.yaml");
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(inject("testRun").folder, "cli-"));
});

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

it("is a program that prints problems to standard error and ends with 1", async () => {
  const bad = file("bad.yaml", "metrics:\n  - { kind: gage, service: 1, id: 1, help: a }\n");
  const main = join(root, "src/cli/main.ts");
  expect(await run(process.execPath, [main, "check", "bad.yaml"], { cwd: folder })).toEqual({
    code: 1,
    stdout: "",
    stderr: expect.stringMatching(
      /^bad\.yaml:2:13: kind must be one of .*, got "gage"\n$/,
    ) as string,
  });
  expect(
    await run(process.execPath, [main, "check", bad, example, "--json"], { cwd: root }),
  ).toEqual({
    code: 1,
    stdout: expect.stringMatching(
      /^\{"ok":false,"problems":\[\{"file":.*"line":2,"column":13,.*\}\]\}\n$/,
    ) as string,
    stderr: "",
  });
});

it("says that files are right, for people and for programs", async () => {
  expect(await cli("check", example)).toEqual({
    code: 0,
    out: "4 metrics and 1 health check: no problems",
    error: "",
  });
  expect(JSON.parse((await cli("check", example, "--json")).out)).toEqual({
    ok: true,
    metrics: 4,
    healthChecks: 1,
    problems: [],
  });
});

it("checks several files as one set", async () => {
  const one = file("one.yaml", "metrics: [{ kind: counter, service: 1, id: 1, help: a }]");
  const two = file("two.yaml", "metrics: [{ kind: gauge, service: 1, id: 1, help: a }]");
  const { code, error } = await cli("check", one, two);
  expect(code).toBe(1);
  expect(error).toContain(`${two}:1:11: gauge op_1_1`);
  expect(error).toContain(`${one}:1:11, which is registered with the same ids`);
});

it("writes a Markdown table for each service, whatever the texts contain", async () => {
  const path = file(
    "a.yaml",
    `metrics:
  - { kind: counter, service: { id: 0xa, name: shop }, id: 1, name: a.b, help: "A | *b* <c>", unit: "{x}" }
  - kind: histogram
    service: { id: 0xa, name: shop }
    id: 0x2
    name: a.c
    help: C.
    unit: s
    labels: { who: string, size: int, odd: boolean? }
    buckets: [0.5, 1]
`,
  );
  expect((await cli("docs", path)).out).toBe(
    [
      "# Metrics",
      "",
      "## `shop`",
      "",
      "Service `0xa`.",
      "",
      "| Metric | In Prometheus | Kind | Unit | Labels | Description | Id |",
      "| --- | --- | --- | --- | --- | --- | --- |",
      "| `a.b` | `a_b_total` | counter | `{x}` |  | A \\| \\*b\\* \\<c\\> | `0x1` |",
      "| `a.c` | `a_c_seconds` | histogram: 0.5, 1 | `s` | `who`, `size` (int), `odd` (boolean, optional) | C. | `0x2` |",
    ].join("\n"),
  );
  expect(JSON.parse((await cli("docs", path, "--json")).out)).toMatchObject({
    ok: true,
    metrics: [
      { kind: "counter", service: { id: "0xa", name: "shop" }, id: "0x1" },
      { name: "a.c", prometheus: "a_c_seconds", buckets: [0.5, 1] },
    ],
  });
});

it("says in the table which ids follow from names", async () => {
  const path = file("a.yaml", "metrics: [{ kind: counter, service: shop, name: a.b, help: A. }]");
  const { out } = await cli("docs", path);
  expect(out).toContain(`Service \`${showId(derivedServiceId("shop"))}\` (from its name).`);
  expect(out).toContain(`| \`${showId(derivedMetricId("shop", "a.b"))}\` (from its name) |`);
});

it("writes a file, and says whether it is up to date", async () => {
  const out = join(folder, "METRICS.md");
  expect(await cli("docs", example, "--out", out, "--check")).toMatchObject({ code: 1 });
  expect(await cli("docs", example, "--out", out)).toEqual({ code: 0, out: "", error: "" });
  expect(readFileSync(out, "utf8")).toBe(`${(await cli("docs", example)).out}\n`);
  expect(await cli("docs", example, "--out", out, "--check")).toEqual({
    code: 0,
    out: "",
    error: "",
  });
  writeFileSync(out, "old");
  expect(await cli("docs", example, "--out", out, "--check")).toEqual({
    code: 1,
    out: "",
    error: `${out} is not up to date; run this command without --check`,
  });
  expect(readFileSync(out, "utf8")).toBe("old");
});

it("writes declarations with which a wrong label does not compile", async () => {
  const specs = file(
    "specs.yaml",
    `metrics:
  - { kind: counter, service: 1, id: 1, name: orders, help: "Ends */ here", labels: [currency] }
  - { kind: histogram, service: 1, id: 2, name: wait, help: b, buckets: [1], labels: { n: int, b: boolean? } }
  - { kind: state, service: 1, id: 3, name: mood, help: c, labels: [who] }
  - { kind: gauge, service: 1, id: 4, help: d }
`,
  );
  await cli("types", specs, "--out", join(folder, "specs.ts"), "--name", "Ours");
  file(
    "use.ts",
    `
import { MetricRegistry } from "taskmon/metrics";
import { loadAndRegister, loadMetricSpecs } from "taskmon/metrics/files";
import type { Ours } from "./specs.ts";
const { byName } = await loadMetricSpecs<Ours>("specs.yaml");
const registry = new MetricRegistry();
const orders = registry.counter(byName.orders);
orders.add(1, { currency: "EUR" });
registry.histogram(byName.wait).record(1, { n: 1 });
registry.histogram(byName.wait).record(1, { n: 1, b: true });
registry.gauge(byName["op_1_4"]).set(1);
registry.state(byName.mood).set("glad", { who: "me" });
const { handles } = await loadAndRegister<Ours>(registry, "specs.yaml");
handles.orders.add(1, { currency: "EUR" });
handles.wait.record(1, { n: 1 });
handles.mood.set("glad", { who: "me" });
// @ts-expect-error a label is missing
handles.orders.add(1, {});
// @ts-expect-error a label is missing
orders.add(1, {});
// @ts-expect-error a label is misspelt
orders.add(1, { curency: "EUR" });
// @ts-expect-error a label has another type
registry.histogram(byName.wait).record(1, { n: "1" });
// @ts-expect-error a counter is no gauge
registry.gauge(byName.orders);
// @ts-expect-error there is no such metric
void byName.none;
`,
  );
  const paths = {
    "taskmon/metrics": [join(root, "src/metrics/index.ts")],
    "taskmon/metrics/files": [join(root, "src/spec-files/index.ts")],
  };
  file(
    "tsconfig.json",
    JSON.stringify({
      extends: join(root, "tsconfig.json"),
      compilerOptions: { paths, typeRoots: [join(root, "node_modules/@types")] },
      include: ["use.ts"],
    }),
  );
  file("package.json", '{ "type": "module" }');
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  await runOk(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", "."], {
    cwd: folder,
  });
});

it("prints help and version", async () => {
  expect((await cli("--version")).out).toBe(VERSION);
  const { code, out } = await cli("--help");
  expect(code).toBe(0);
  for (const name of ["check", "docs", "types"]) {
    expect(out).toMatch(new RegExp(`^  ${name} +\\S`, "m"));
    expect((await cli(name, "--help")).out).toContain(`Usage: taskmon ${name} [OPTION…] FILE…`);
  }
});

it.each([
  [[], "taskmon: a command is missing"],
  [["chek"], "taskmon: there is no command chek"],
  [["check"], "taskmon check: expects at least 1 of FILE…, got 0"],
  [["check", "--nope", example], "taskmon check: Unknown option '--nope'"],
  [["docs", example, "--out"], "taskmon docs: Option '--out <value>' argument missing"],
  [["docs", example, "--check"], "taskmon docs: --check needs --out PATH"],
  [
    ["types", example, "--name", "1x"],
    "taskmon types: --name must be a TypeScript identifier, got 1x",
  ],
])("ends with 2 for %j", async (args, message) => {
  const { code, out, error } = await cli(...args);
  expect({ code, out }).toEqual({ code: 2, out: "" });
  expect(error).toContain(message);
});

it("ends with 1 where it cannot write", async () => {
  const { code, error } = await cli("docs", example, "--out", join(folder, "none/METRICS.md"));
  expect(code).toBe(1);
  expect(error).toContain("taskmon docs: ENOENT");
});

it("ends quietly when its reader has seen enough", async () => {
  const specs = Array.from(
    { length: 1_500 },
    (_, index) => `  - { kind: counter, service: 1, id: ${index + 1}, help: "${"h".repeat(200)}" }`,
  );
  file("many.yaml", `metrics:\n${specs.join("\n")}\n`);
  const command = `"${process.execPath}" "${join(root, "src/cli/main.ts")}" docs many.yaml | head -n 1`;
  expect(await run("sh", ["-c", command], { cwd: folder })).toEqual({
    code: 0,
    stdout: "# Metrics\n",
    stderr: "",
  });
});
