import fc from "fast-check";
import { expect, it } from "vitest";
import { runPython } from "../setup/python.ts";
import { metric } from "./arbitraries.ts";
import { parse, type Sample } from "./parse.ts";
import { collectedOf, OPENMETRICS, textOf, type Written } from "./streams.ts";

// OpenMetrics as the parser of Prometheus' Python client reads it, which refuses what the format forbids: a
// family in two places, a counter without `_total` or below zero, a unit that is no suffix, an exemplar that
// is too long. It does not see a repeated series, `le="1"` for `le="1.0"`, an exemplar outside of its bucket,
// or `_count` before the buckets: those are looked at here, or by the parser of the tests.

const SCRIPT = `
import json, math, sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families as families
def number(value):
    return str(value) if math.isnan(value) or math.isinf(value) else value
def read(text):
    try:
        return [[s.name, s.labels, number(s.value)] for f in families(text) for s in f.samples]
    except Exception as error:
        return str(error)
print(json.dumps([read(text) for text in json.load(sys.stdin)]))
`;

type PythonSample = [name: string, labels: Record<string, string>, value: number | string];

/** What the parser makes of texts: samples, or why it refuses one. */
function read(texts: readonly string[]): (PythonSample[] | string)[] {
  return runPython(SCRIPT, texts) as (PythonSample[] | string)[];
}

const exemplar = {
  value: 0.7,
  timeMs: 1_764_000_000_000,
  traceId: "0af7651916cd43dd8448eb211c80319c",
  spanId: "b7ad6b7169203331",
};
const known: readonly Written[] = [
  {
    ...{ name: "shop.orders", kind: "counter", unit: "{order}" },
    series: [{ attributes: { text: 'a"b\\c\nd é 漢' }, value: 7, exemplar }, { value: 0.5 }],
  },
  { name: "shop.load", kind: "gauge", unit: "%", series: [{ value: -1e21 }] },
  {
    ...{ name: "shop.wait", kind: "histogram", unit: "s", boundaries: [0.5, 1, 10] },
    series: [
      { value: { counts: [1, 2, 1, 1], count: 5, sum: 33.25, exemplars: [undefined, exemplar] } },
    ],
  },
  {
    ...{ name: "shop.size", kind: "exponentialHistogram", unit: "By" },
    series: [
      {
        value: {
          ...{ count: 3, sum: 9, scale: 0, zeroCount: 0 },
          positive: { offset: 1, bucketCounts: [3] },
          negative: { offset: 0, bucketCounts: [] },
        },
      },
    ],
  },
  { name: "op_b1_1", kind: "counter", isVerbatim: true, series: [{ value: 4 }] },
];
const shown = { accept: OPENMETRICS, resource: { "service.name": "shop" } };

it("reads every sample with labels and value, with exemplars and lines that say when series began", async () => {
  const texts = [await textOf(known, shown), await textOf(known, { ...shown, createdLines: true })];
  expect(texts[1]).toContain("shop_orders_created");
  expect(texts[0]).toContain("# {trace_id=");
  expect(read(texts)).toEqual(texts.map((text) => asPython(parse(text).samples)));
});

it("refuses what it is to find here", () => {
  const refused = [
    "# TYPE a counter\na 1\n# EOF\n",
    "# TYPE a gauge\n# UNIT a s\na 1\n# EOF\n",
    "# TYPE a gauge\na 1\n",
  ];
  expect(read(refused).map((answer) => typeof answer)).toEqual(["string", "string", "string"]);
});

it("takes whatever names, labels, units and values are, and reads what was written", async () => {
  const samples = fc.sample(fc.array(metric, { maxLength: 4 }), 200);
  const texts = await Promise.all(
    samples.map((metrics) => textOf([], { ...shown, collected: collectedOf(metrics) })),
  );
  const answers = read(texts);
  for (const [index, text] of texts.entries()) {
    expect(answers[index], text).toEqual(asPython(parse(text).samples));
    expect(bounds(text), text).toEqual(bounds(text).filter((le) => /[.e]|Inf/.test(le)));
  }
});

/** What `le` says. */
function bounds(text: string): string[] {
  return parse(text).samples.flatMap(({ name, labels }) =>
    name.endsWith("_bucket") && labels["le"] !== undefined ? [labels["le"]] : [],
  );
}

function asPython(samples: readonly Sample[]): PythonSample[] {
  return samples.map(({ name, labels, value }) => {
    const text = Number.isNaN(value) ? "nan" : value < 0 ? "-inf" : "inf";
    return [name, labels, Number.isFinite(value) ? value : text];
  });
}
