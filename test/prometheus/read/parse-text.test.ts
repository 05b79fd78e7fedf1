import fc from "fast-check";
import { expect, it } from "vitest";
import { parseText } from "../../../src/prometheus/read/parse-text.ts";

/** The samples as plain values. */
function plain(text: string): unknown[] {
  return parseText(text).samples.map(({ name, labels, value }) => [
    name,
    Object.fromEntries(labels),
    value,
  ]);
}

it("reads text and OpenMetrics: escapes, special values, time stamps, exemplars, quoted names", () => {
  const text = [
    "# HELP a_total says {x} 1",
    "# TYPE a_total counter",
    'a_total{path="C:\\\\x\\n\\"y\\"",b="}, ="} 3 1700000000000',
    'b { c = "d" , } 1.5e-3',
    "c +Inf",
    "d NaN\r",
    'e_bucket{le="0.5"} 4 # {trace_id="abc"} 0.3 1700000000.1',
    '{"http.requests","http.route"="/a"} 7',
    "# EOF",
    "",
  ].join("\n");
  expect(plain(text)).toEqual([
    ["a_total", { path: 'C:\\x\n"y"', b: "}, =" }, 3],
    ["b", { c: "d" }, 0.0015],
    ["c", {}, Infinity],
    ["d", {}, Number.NaN],
    ["e_bucket", { le: "0.5" }, 4],
    ["http.requests", { "http.route": "/a" }, 7],
  ]);
  expect(parseText(text).skipped).toBe(0);
});

it("passes over lines that it cannot read, and keeps the others", () => {
  const bad = [
    "a{",
    'a{b="c} 1',
    "a{b=c} 1",
    "a one",
    "a",
    '{b="c"} 1',
    'a{b="c"d="e"} 1',
    "a 0x10",
  ];
  const { samples, skipped } = parseText(["ok 1", ...bad, "ok 2"].join("\n"));
  expect([samples.length, skipped]).toEqual([2, bad.length]);
});

it("takes any text without throwing, and keeps keys that an object would trip over", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => {
      expect(() => parseText(text)).not.toThrow();
    }),
  );
  const { samples } = parseText('a{__proto__="x",constructor="y"} 1');
  expect([...samples[0]!.labels]).toEqual([
    ["__proto__", "x"],
    ["constructor", "y"],
  ]);
});

it("reads back whatever values labels have", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.double(), (value, number) => {
      const escaped = value.replaceAll(/[\\"]/g, "\\$&").replaceAll("\n", "\\n");
      const [sample] = parseText(`a{b="${escaped}"} ${text(number)}`).samples;
      expect([sample?.labels.get("b"), sample?.value]).toEqual([value, number]);
    }),
  );
});

it("keeps no more than half a million samples", () => {
  expect(parseText("a 1\n".repeat(600_000)).samples).toHaveLength(500_000);
});

function text(number: number): string {
  return number === Infinity ? "+Inf" : String(number);
}
