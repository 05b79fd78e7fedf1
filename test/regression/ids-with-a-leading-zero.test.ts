import { expect, it } from "vitest";
import { parseId } from "../../src/identity/id.ts";
import { parseMetricSpecs } from "../../src/spec-files/index.ts";

it.each(["077", "00", "0077", "00000000000000000001"])(
  "refuses %s, which is octal elsewhere",
  (text) => {
    expect(() => parseId("id", text)).toThrow("decimal text without a leading zero");
  },
);

it("takes zero and hex text with zeros in front", () => {
  expect([parseId("id", "0"), parseId("id", "0x00a1")]).toEqual([0n, 0xa1n]);
});

it.each(["077", '"077"'])("refuses %s in a file, and says where it is", (id) => {
  expect(() => parseMetricSpecs(`healthChecks: [{ id: ${id}, timeoutMs: 5 }]`)).toThrow(
    "metrics.yaml:1:22: ",
  );
});

it("takes numbers with a zero before the point", () => {
  const text = `metrics:
  - { kind: histogram, service: 1, id: 2, name: a.b, help: Help., buckets: [0, 0.5, 1] }`;
  expect(parseMetricSpecs(text).specs[0]?.buckets).toEqual([0, 0.5, 1]);
});
