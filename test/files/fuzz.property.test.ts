import fc from "fast-check";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { parseMetricSpecs, SpecFileError } from "../../src/spec-files/index.ts";
import { jsonFault } from "../../src/files/json-fault.ts";
import { readSource } from "../../src/files/source.ts";
import { MetricRegistry } from "../../src/metrics/registry.ts";
import type { MetricSpec } from "../../src/metrics/spec.ts";

const example = readFileSync(
  join(import.meta.dirname, "../../examples/spec-files/metrics.yaml"),
  "utf8",
);

/** Lines of spec files. */
const metricLines = [
  "metrics:",
  "metricSpecs:",
  "counterSpecs:",
  "healthChecks:",
  "settings:",
  "enabled: true",
  "httpPort:",
  "kind: counter",
  "service: 1",
  "id: 0x1",
  "help: h",
  "labels: [a]",
  "labels: {a: int}",
  "buckets: [1]",
];
/** Pieces of syntax, and of what has tripped parsers. */
const syntax = Array.from("[]{},'\"#\t\u0000\ufeff\ud800 ~").concat(
  [
    "\n",
    "\n  ",
    "\n- ",
    "\n  - ",
    "\n    ",
    ": ",
    "- ",
    "? ",
    "|\n",
    ">\n",
    "---",
    "...",
    "%YAML 1.1",
  ],
  ["&a ", "*a", "!!int ", "!x ", "<<: *a", "__proto__: 1"],
  ["null", "true", ".inf", ".nan", "-0", "0o7", "1e999"],
);
const pieces = [...metricLines, ...syntax];

/** The keys of spec files, and of trouble. */
const keys =
  "metrics metricSpecs counterSpecs gaugeVectorSpecs histogramVectorSpecs metricSpec serviceId metricId labelNames healthChecks healthCheckSpecs healthCheckID settings enabled flushIntervalMs kind service id name help labels buckets unit fixedWidth geometric width count __proto__ constructor a/b~c".split(
    " ",
  );

/** A valid file in which a few places were overwritten. */
const mutated = fc
  .array(
    fc.record({
      at: fc.nat(example.length),
      cut: fc.nat(20),
      put: fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 5 })),
    }),
    { maxLength: 4 },
  )
  .map((edits) =>
    edits.reduce(
      (text, { at, cut, put }) => text.slice(0, at) + put + text.slice(at + cut),
      example,
    ),
  );

/** Anything that a JSON text can say, under the keys of spec files at times. */
const values = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "medium" },
    fc.constantFrom<unknown>(0, 1, -1, 0.5, "1", "0x1", "", "counter", "histogram", true, null),
    fc.string(),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom(...keys), tie("value"), { maxKeys: 5 }),
  ),
})).value;

/** Either specs that a registry takes, or an error of ours whose every place is in the text. */
function survives(text: string, format: "yaml" | "json"): void {
  const before = spentMs();
  try {
    const { specs } = parseMetricSpecs({ text, format });
    const registry = new MetricRegistry();
    for (const spec of specs) register(registry, spec);
  } catch (error) {
    expect(error).toBeInstanceOf(SpecFileError);
    const lines = text.split("\n");
    for (const { line, column, message } of (error as SpecFileError).problems) {
      expect(message).not.toBe("");
      expect(lines[line - 1]).toBeDefined();
      expect(column).toBeLessThanOrEqual(lines[line - 1]!.length + 1);
    }
  }
  expect(spentMs() - before).toBeLessThan(5_000);
}

function register(registry: MetricRegistry, spec: MetricSpec): void {
  const method = spec.kind === "exponentialHistogram" ? "histogram" : spec.kind;
  registry[method](spec as never);
}

it("answers any text with specs or with problems at their places", () => {
  const text = fc.oneof(
    mutated,
    fc.array(fc.constantFrom(...pieces), { maxLength: 40 }).map((parts) => parts.join("")),
    fc.string({ unit: "binary", maxLength: 60 }),
  );
  fc.assert(fc.property(text, fc.constantFrom("yaml" as const, "json" as const), survives), {
    numRuns: 1_500,
  });
});

it("answers any JSON value with specs or with problems at their places", () => {
  const indent = fc.constantFrom(undefined, "  ", "\t");
  fc.assert(
    fc.property(values, indent, (value, space) => {
      const text = JSON.stringify({ metrics: [value], ...(value as object) }, undefined, space);
      survives(text, "json");
      survives(text, "yaml");
    }),
    { numRuns: 1_000 },
  );
});

it("reads every JSON text as JSON.parse does", () => {
  fc.assert(
    fc.property(
      fc.jsonValue({ depthSize: "small" }),
      fc.constantFrom("", " ", "\t"),
      (value, space) => {
        const text = JSON.stringify(value, undefined, space);
        const source = readSource("a.json", text, "json");
        expect(source.problems).toEqual([]);
        expect(JSON.stringify(source.value)).toBe(JSON.stringify(exact(JSON.parse(text))));
      },
    ),
    { numRuns: 1_000 },
  );
});

/** An integer that a number does not hold for sure is read as its digits. */
function exact(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(exact);
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, exact(item)]));
  }
  return Number.isInteger(value) && !Number.isSafeInteger(value) && /^-?\d+$/.test(String(value))
    ? String(value)
    : value;
}

it("finds a fault in exactly the texts that JSON.parse refuses", () => {
  const text = fc.oneof(
    fc.string({
      unit: fc.constantFrom(...Array.from('{}[],:"\\u0a1-+.eE \n\ttruefalsnl\u0000\u2028')),
      maxLength: 12,
    }),
    fc
      .tuple(
        fc.json(),
        fc.nat(),
        fc.nat(2),
        fc.constantFrom("", ",", "]", "}", '"', "x", "0", "\\"),
      )
      .map(([json, at, cut, put]) => {
        const start = at % (json.length + 1);
        return json.slice(0, start) + put + json.slice(start + cut);
      }),
  );
  fc.assert(
    fc.property(text, (json) => {
      const fault = jsonFault(json);
      let refused = false;
      try {
        JSON.parse(json);
      } catch {
        refused = true;
      }
      expect(fault !== undefined).toBe(refused);
      // What stands before a fault can still become JSON: there is no fault before its end.
      if (fault !== undefined) {
        expect(jsonFault(json.slice(0, fault.offset))?.offset ?? fault.offset).toBe(fault.offset);
      }
    }),
    { numRuns: 3_000 },
  );
});

it.each([
  ["deep lists", "[".repeat(100_000)],
  ["deep objects", '{"a":'.repeat(50_000)],
  ["deep blocks", "- ".repeat(100_000)],
  ["many anchors", "&a ".repeat(100_000)],
  ["many aliases", `a: &a 1\nb: [${"*a,".repeat(100_000)}]`],
  ["many quotes", '"'.repeat(200_000)],
  ["many empty metrics", `metrics:\n${"- {}\n".repeat(80_000)}`],
  [
    "full lists of empty metrics",
    `metrics:\n${"- {}\n".repeat(2_000)}metricSpecs:\n  counterSpecs:\n${"  - {}\n".repeat(2_000)}`,
  ],
  ["many keys", Array.from({ length: 40_000 }, (_, index) => `k${index}: 1\n`).join("")],
  ["a long key above much", `? ${"k".repeat(900)}\n: [${"a,".repeat(100_000)}]`],
  [
    "aliases of aliases",
    `a: &a [x,x,x,x,x,x,x,x,x]\n${["b", "c", "d", "e", "f", "g", "h"].map((name, index) => `${name}: &${name} [${`*${"abcdefgh"[index]},`.repeat(9)}]\n`).join("")}`,
  ],
  ["a list of itself twice", "metrics: &a [*a, *a]"],
  [
    "a long text aliased",
    `$schema: &x "${"y".repeat(300_000)}"\nmetrics: [${"*x,".repeat(1_900)}]`,
  ],
  ["more than half a million characters", " ".repeat(524_289)],
])("refuses %s, soon", { timeout: 60_000 }, (_, text) => {
  const before = spentMs();
  expect(() => parseMetricSpecs(text)).toThrow(SpecFileError);
  // Seconds, on a slow machine; without its bounds, minutes or for ever.
  expect(spentMs() - before).toBeLessThan(20_000);
});

/** The CPU time of this process so far, which a busy machine does not stretch. */
function spentMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
