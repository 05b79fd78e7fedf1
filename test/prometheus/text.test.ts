import { diag, DiagLogLevel } from "@opentelemetry/api";
import { afterEach, describe, expect, it } from "vitest";
import { parse } from "./parse.ts";
import { OPENMETRICS, stream, textOf, bytesOf, type Written } from "./streams.ts";

afterEach(() => diag.disable());

const orders: Written = {
  name: "shop.orders",
  kind: "counter",
  unit: "{order}",
  help: 'Orders "placed" \\ paid.\nAll.',
  scope: { name: "shop", version: "1.0" },
  series: [
    { attributes: { "shop.currency": "EUR", express: true }, value: 3 },
    { attributes: { "shop.currency": 'a"b\\c\nd' }, value: 0.5 },
  ],
};
const wait: Written = {
  name: "shop.wait",
  kind: "histogram",
  unit: "s",
  help: "Waits.",
  boundaries: [0.5, 1, 10],
  series: [{ attributes: { till: 7 }, value: { counts: [1, 0, 2, 1], count: 4, sum: 33.25 } }],
};
const heat: Written = { name: "heat", kind: "gauge", unit: "Cel", series: [{ value: -1.5 }] };

describe("text 0.0.4", () => {
  it("is written as the format says", async () => {
    expect(await textOf([orders, wait, heat], { resource: { "service.name": "shop" } })).toBe(
      `# HELP target_info Target metadata
# TYPE target_info gauge
target_info{service_name="shop"} 1
# HELP shop_orders_total Orders "placed" \\\\ paid.\\nAll.
# TYPE shop_orders_total counter
shop_orders_total{shop_currency="EUR",express="true",otel_scope_name="shop",otel_scope_version="1.0"} 3
shop_orders_total{shop_currency="a\\"b\\\\c\\nd",otel_scope_name="shop",otel_scope_version="1.0"} 0.5
# HELP shop_wait_seconds Waits.
# TYPE shop_wait_seconds histogram
shop_wait_seconds_bucket{till="7",otel_scope_name="test",le="0.5"} 1
shop_wait_seconds_bucket{till="7",otel_scope_name="test",le="1"} 1
shop_wait_seconds_bucket{till="7",otel_scope_name="test",le="10"} 3
shop_wait_seconds_bucket{till="7",otel_scope_name="test",le="+Inf"} 4
shop_wait_seconds_sum{till="7",otel_scope_name="test"} 33.25
shop_wait_seconds_count{till="7",otel_scope_name="test"} 4
# HELP heat_celsius Help.
# TYPE heat_celsius gauge
heat_celsius{otel_scope_name="test"} -1.5
`,
    );
  });

  it("shows an exponential histogram by its sum and count, which is all that text can say", async () => {
    const side = { offset: 0, bucketCounts: [1, 2] };
    const value = {
      count: 3,
      sum: 5,
      scale: 0,
      zeroCount: 0,
      positive: side,
      negative: { offset: 0, bucketCounts: [] },
    };
    expect(
      await textOf([{ name: "e", kind: "exponentialHistogram", help: "", series: [{ value }] }], {
        scopeInfo: false,
      }),
    ).toBe(`# TYPE e histogram\ne_bucket{le="+Inf"} 3\ne_sum 5\ne_count 3\n`);
  });

  it("says nothing of a metric that has nothing to say", async () => {
    const unset = { ...heat, series: [{ value: undefined as unknown as number }] };
    expect(await textOf([unset])).toBe("");
    expect(await textOf([])).toBe("");
  });

  it("leaves the original's names as they are, a counter's too", async () => {
    const name = "op_e49214fa20b35ba8_2";
    const text = await textOf([{ ...orders, name, isVerbatim: true }]);
    expect(parse(text).types).toEqual(new Map([[name, "counter"]]));
    expect(parse(text).samples.map((sample) => sample.name)).toEqual([name, name]);
  });
});

describe("text 1.0.0", () => {
  it("quotes names that are no classic ones, where the scraper takes them", async () => {
    const shown = {
      translationStrategy: "NoTranslation",
      accept: "text/plain;version=1.0.0;escaping=allow-utf-8",
    } as const;
    const text = await textOf([orders, wait], shown);
    expect(text).toContain(
      `# TYPE "shop.orders" counter\n{"shop.orders","shop.currency"="EUR",express="true",otel_scope_name="shop",otel_scope_version="1.0"} 3\n`,
    );
    expect(text).toContain(`{"shop.wait_bucket",till="7",otel_scope_name="test",le="0.5"} 1\n`);
    expect(parse(text).samples.map(({ name }) => name)).toContain("shop.wait_sum");
  });

  it.each([
    ["underscores", "shop_orders", "shop_currency"],
    ["dots", "shop_dot_orders", "shop_dot_currency"],
    ["values", "U__shop_2e_orders", "U__shop_2e_currency"],
  ])("escapes them by %s where it asks for that", async (escaping, name, label) => {
    const accept = `text/plain;version=1.0.0;escaping=${escaping}`;
    const text = await textOf([orders], { translationStrategy: "NoTranslation", accept });
    const { samples } = parse(text);
    expect(samples[0]!.name).toBe(name);
    expect(samples[0]!.labels).toHaveProperty(label, "EUR");
  });
});

describe("OpenMetrics", () => {
  it("is written as the format says", async () => {
    const text = await textOf([orders, wait, heat], {
      accept: OPENMETRICS,
      resource: { "service.name": "shop" },
    });
    expect(text).toBe(
      `# TYPE target info
# HELP target Target metadata
target_info{service_name="shop"} 1
# TYPE shop_orders counter
# HELP shop_orders Orders \\"placed\\" \\\\ paid.\\nAll.
shop_orders_total{shop_currency="EUR",express="true",otel_scope_name="shop",otel_scope_version="1.0"} 3
shop_orders_total{shop_currency="a\\"b\\\\c\\nd",otel_scope_name="shop",otel_scope_version="1.0"} 0.5
# TYPE shop_wait_seconds histogram
# UNIT shop_wait_seconds seconds
# HELP shop_wait_seconds Waits.
shop_wait_seconds_bucket{till="7",otel_scope_name="test",le="0.5"} 1
shop_wait_seconds_bucket{till="7",otel_scope_name="test",le="1.0"} 1
shop_wait_seconds_bucket{till="7",otel_scope_name="test",le="10.0"} 3
shop_wait_seconds_bucket{till="7",otel_scope_name="test",le="+Inf"} 4
shop_wait_seconds_sum{till="7",otel_scope_name="test"} 33.25
shop_wait_seconds_count{till="7",otel_scope_name="test"} 4
# TYPE heat_celsius gauge
# UNIT heat_celsius celsius
# HELP heat_celsius Help.
heat_celsius{otel_scope_name="test"} -1.5
# EOF
`,
    );
  });

  it("calls a counter without _total unknown, as Prometheus' own library does", async () => {
    const verbatim = { ...orders, name: "op_1_2", isVerbatim: true };
    expect(parse(await textOf([verbatim], { accept: OPENMETRICS })).types).toEqual(
      new Map([["op_1_2", "unknown"]]),
    );
    const bare = await textOf([orders], {
      accept: OPENMETRICS,
      translationStrategy: "UnderscoreEscapingWithoutSuffixes",
    });
    expect(parse(bare).types).toEqual(new Map([["shop_orders", "unknown"]]));
  });

  it("keeps a counter beside a gauge of its name", async () => {
    const gauge: Written = { name: "shop.orders", kind: "gauge", series: [{ value: 1 }] };
    const { types, samples } = parse(await textOf([gauge, orders], { accept: OPENMETRICS }));
    expect(types).toEqual(
      new Map([
        ["shop_orders", "gauge"],
        ["shop_orders_total", "unknown"],
      ]),
    );
    expect(samples).toHaveLength(3);
  });

  it("leaves out what makes a scraper refuse everything", async () => {
    const bad = {
      ...orders,
      series: [
        { value: Number.NaN },
        { attributes: { a: 1 }, value: -1 },
        { attributes: { a: 2 }, value: Infinity },
      ],
    };
    const negative = { ...wait, series: [{ value: { counts: [2, 0, 0, 0], count: 2, sum: -3 } }] };
    const { samples } = parse(
      await textOf([bad, negative], { accept: OPENMETRICS, scopeInfo: false }),
    );
    expect(samples.filter(({ name }) => name === "shop_orders_total")).toMatchObject([
      { value: Infinity },
    ]);
    const names = samples.map(({ name }) => name);
    expect(names.filter((name) => name === "shop_wait_seconds_bucket")).toHaveLength(4);
    expect(names).not.toContain("shop_wait_seconds_sum");
    expect(names).not.toContain("shop_wait_seconds_count");
  });

  it("has no sum, and so no count, of a histogram with bounds below zero, but text has both", async () => {
    const change = {
      ...wait,
      boundaries: [-1, 1],
      series: [{ value: { counts: [1, 1, 0], count: 2, sum: 3 } }],
    };
    const suffixes = async (accept: string): Promise<string[]> =>
      parse(await textOf([change], { accept })).samples.map(({ name }) => name.split("_").at(-1)!);
    expect(await suffixes(OPENMETRICS)).toEqual(["bucket", "bucket", "bucket"]);
    expect(await suffixes("text/plain")).toEqual(["bucket", "bucket", "bucket", "sum", "count"]);
  });

  it("shows exemplars of counters and buckets, and when series began where asked", async () => {
    const exemplar = {
      value: 0.7,
      timeMs: 1_700_000_001_250,
      traceId: "0af7651916cd43dd8448eb211c80319c",
      spanId: "b7ad6b7169203331",
    };
    const counter: Written = { ...orders, series: [{ value: 3, exemplar }] };
    const buckets: Written = {
      ...wait,
      series: [
        { value: { counts: [0, 1, 0, 0], count: 1, sum: 0.7, exemplars: [undefined, exemplar] } },
      ],
    };
    const broken: Written = {
      ...orders,
      name: "broken",
      series: [{ value: 1, exemplar: { ...exemplar, traceId: 'x"}' } }],
    };
    const text = await textOf([counter, buckets, broken], {
      accept: OPENMETRICS,
      scopeInfo: false,
      createdLines: true,
    });
    const shown = `{trace_id="0af7651916cd43dd8448eb211c80319c",span_id="b7ad6b7169203331"} 0.7 1700000001.25`;
    expect(text).toContain(`shop_orders_total 3 # ${shown}\nshop_orders_created 1700000000.5\n`);
    expect(text).toContain(`shop_wait_seconds_bucket{le="1.0"} 1 # ${shown}\n`);
    expect(text).toContain("shop_wait_seconds_created 1700000000.5\n");
    expect(text).toContain("broken_total 1\n");
    expect(await textOf([counter], { scopeInfo: false })).toContain("shop_orders_total 3\n");
  });
});

describe("what does not fit together", () => {
  const told: string[] = [];
  const listen = (): void => {
    told.length = 0;
    const log = (message: string, ...rest: unknown[]): void =>
      void told.push([message, ...rest].join(" "));
    diag.setLogger(
      { error: log, warn: log, info: log, debug: log, verbose: log },
      { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
    );
  };

  it("keeps the first of several kinds, and says so", async () => {
    listen();
    const gauge: Written = { name: "shop.orders.total", kind: "gauge", series: [{ value: 1 }] };
    const { samples } = parse(await textOf([orders, gauge]));
    expect(samples).toHaveLength(2);
    expect(told.join()).toMatch(
      /shop\.orders\.total of test, a gauge, is left out: shop\.orders of shop, a counter, has the same name in Prometheus, shop_orders_total/,
    );
  });

  it("leaves a metric out whose samples would be a histogram's", async () => {
    listen();
    const count: Written = {
      name: "shop.wait.seconds.count",
      kind: "gauge",
      series: [{ value: 9 }],
    };
    const { samples } = parse(await textOf([wait, count]));
    expect(samples.filter(({ name }) => name.endsWith("_count"))).toMatchObject([{ value: 4 }]);
    expect(told.join()).toMatch(/shop\.wait\.seconds\.count of test is left out/);
  });

  it("shows the metrics of two meters as one family, without a help that only one has", async () => {
    const other = { ...orders, help: "Else.", scope: { name: "other" } };
    const { helps, samples } = parse(await textOf([orders, other]));
    expect(helps.size).toBe(0);
    expect(samples).toHaveLength(4);
  });

  it("shows one of two series that are the same in Prometheus, and says so", async () => {
    listen();
    const other = { ...orders, scope: { name: "other" } };
    const { samples } = parse(await textOf([orders, other], { scopeInfo: false }));
    expect(samples).toHaveLength(2);
    expect(told.join()).toMatch(/Two series of shop_orders_total have the same labels/);
  });

  it("joins the values of keys that come to one label, in the order of the keys", async () => {
    const series = [{ attributes: { a_b: "2", "a.b": "1", c: "", d: "x\uD800" }, value: 1 }];
    const { samples } = parse(await textOf([{ ...heat, series }], { scopeInfo: false }));
    expect(samples[0]!.labels).toEqual({ a_b: "1;2", d: "x\uFFFD" });
  });

  it("lets a point's own label stand before the resource's and the scope's", async () => {
    const series = [
      {
        attributes: { region: "point", otel_scope_name: "own", le: "x" },
        value: { counts: [1], count: 1, sum: 1 },
      },
    ];
    const text = await textOf([{ ...wait, boundaries: [], series }], {
      resource: { region: "resource", zone: "a", pid: 7 },
      resourceConstantLabels: ["region", "zone"],
    });
    expect(parse(text).samples.at(-1)!.labels).toEqual({
      region: "point",
      otel_scope_name: "own",
      exported_le: "x",
      zone: "a",
    });
  });

  it("keeps target_info for the resource", async () => {
    listen();
    const target: Written = { name: "target.info", kind: "gauge", series: [{ value: 5 }] };
    const { samples } = parse(await textOf([target], { resource: { a: "b" } }));
    expect(samples).toMatchObject([{ name: "target_info", labels: { a: "b" }, value: 1 }]);
    expect(told.join()).toMatch(/target\.info of test is left out/);
  });
});

it("takes up other labels of the resource when it changes", async () => {
  const { Exposition } = await import("../../src/prometheus/exposition.ts");
  const { prometheusSettings } = await import("../../src/prometheus/options.ts");
  const { DEFAULT_FORMAT } = await import("../../src/prometheus/negotiation/negotiate.ts");
  const { exposition } = prometheusSettings({
    resourceConstantLabels: /^task/g,
    targetInfo: false,
  });
  const own = [stream(heat)];
  const one = new Exposition(exposition);
  for (const task of [1, 2]) {
    const { chunks } = await one.write(
      { resource: { "task.number": task }, own, collected: [] },
      DEFAULT_FORMAT,
    );
    expect(parse(Buffer.concat(chunks).toString()).samples[0]!.labels["task_number"]).toBe(
      `${task}`,
    );
  }
});

it("writes a label of a megabyte, and long expositions, over as many slabs as they take", async () => {
  const long = "é".repeat(500_000);
  const series = Array.from({ length: 3_000 }, (_, index) => ({
    attributes: { index, ...(index % 1_000 === 5 && { long }) },
    value: index,
  }));
  const { samples } = parse((await bytesOf([stream({ ...heat, series })])).toString());
  expect(samples.slice(1).map(({ value }) => value)).toEqual(series.map(({ value }) => value));
  expect(samples[6]!.labels["long"]).toBe(long);
});
