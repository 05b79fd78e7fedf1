import { PassThrough } from "node:stream";
import { WriteStream } from "node:tty";
import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  defineCounter,
  defineDistribution,
  defineGauge,
  defineHistogram,
  defineState,
  hexNaming,
  MetricRegistry,
  type MetricRegistryOptions,
} from "../../src/metrics/index.ts";
import { resolveIdentity } from "../../src/identity/identity.ts";
import { dump } from "../../src/dump/index.ts";
import { MeterProvider } from "@opentelemetry/sdk-metrics";

const base = { service: { id: "0xa", name: "shop" }, help: "Orders." } as const;
const placed = defineCounter({
  ...base,
  ...{ id: "0x1", name: "shop.placed", unit: "{order}", labels: ["currency"], maxSeries: 3 },
});
const open = defineGauge({ ...base, id: "0x2", name: "shop.open", unit: "{cart}" });
const mode = defineState({ ...base, id: "0x3", name: "shop.mode" });
const wait = defineHistogram({ ...base, id: "0x4", name: "shop.wait", unit: "s", buckets: [1, 2] });
const ages = defineDistribution({
  ...base,
  ...{ id: "0x5", name: "shop.ages", labels: ["kind"], buckets: [10, 20] },
});
const only = { prefix: "shop." } as const;

function shop(options: MetricRegistryOptions = {}): MetricRegistry {
  const registry = new MetricRegistry({ delivery: "auto", ...options });
  registry.counter(placed).add(2, { currency: "EUR" });
  registry.gauge(open).set(12);
  registry.state(mode).set("open");
  registry.histogram(wait).record(1.5);
  registry.distribution(ages).set([5, 15], { kind: "cat" });
  return registry;
}

it("shows the metrics without labels first, then each other one with its series", () => {
  expect(dump(shop(), { ...only, heading: "checkout" })).toBe(
    [
      "checkout",
      "",
      "metric     kind   value  unit",
      "shop.mode  state   open",
      "shop.open  gauge     12  {cart}",
      "",
      "metric     kind       count  mean  p50  p90  p99  min  max  unit",
      "shop.wait  histogram      1   1.5  1.5  1.5  1.5  1.5  1.5  s",
      "",
      "shop.ages · distribution",
      "  kind  count  mean  p50  p90  p99  min  max",
      "  cat       2    10   10   15   15    5   15",
      "",
      "shop.placed · counter · {order}",
      "  currency  value",
      "  EUR           2",
      "",
      "5 metrics, 5 series.",
    ].join("\n"),
  );
});

it("says how many series it leaves out, and which one is the overflow", () => {
  const registry = shop();
  for (const currency of ["USD", "CHF", "SEK", "NOK"])
    registry.counter(placed).add(1, { currency });
  expect(dump(registry, { prefix: "shop.placed", maxSeries: 1 })).toBe(
    [
      "shop.placed · counter · {order}",
      "  currency    value",
      "  CHF             1",
      "  (overflow)      2  beyond 3 series",
      "  … and 2 more",
      "",
      "1 metric, 4 series.",
    ].join("\n"),
  );
});

it("shows a gauge that cannot be read, and what it said, on one line", () => {
  const registry = new MetricRegistry();
  registry.gauge(open).observe(() => {
    throw new Error("no\n\u001b[31mdatabase");
  });
  expect(dump(registry, only)).toContain(
    String.raw`shop.open  gauge  (failed)  {cart}  cannot be read: no \u001b[31mdatabase`,
  );
});

it("says under which names and constant labels metrics are exported, where that differs", () => {
  const identity = resolveIdentity({ domain: "0x1", app: "0x2", release: "0x3" });
  const form = { naming: hexNaming(), constantLabels: { instance: "none" }, identity } as const;
  const text = dump(shop(form), only);
  expect(text).toContain("unit    exported as\nshop.mode  state   open          op_a_3\n");
  expect(text).toContain("shop.placed · counter · {order}\n  exported as op_a_1\n  currency");
  expect(text).toContain(
    "On every series: domain=1, app=2, release=3, svc=the id of the metric's service",
  );
  expect(dump(shop(), only)).not.toContain("exported as");
});

it("names the Meter of metrics that share their name", () => {
  const registry = shop();
  const theirs = { ...base, service: { id: "0xb", name: "depot" }, id: "0x2" } as const;
  registry.gauge(defineGauge({ ...theirs, name: "shop.open", unit: "{cart}" })).set(1);
  expect(dump(registry, only)).toMatch(/^shop\.open \[depot\] .*\nshop\.open \[shop\] /m);
});

it("says what was registered and never recorded, and what is off", () => {
  const registry = shop();
  registry.turn(({ name }) => name !== "shop.placed");
  const names = Array.from({ length: 12 }, (_, index) => `shop.never.recorded.${10 + index}`);
  names.forEach((name, index) =>
    registry.counter(defineCounter({ ...base, id: `${100 + index}`, name, labels: ["a"] })),
  );
  const text = dump(registry, only);
  expect(text).not.toContain("EUR");
  expect(text).toContain("Turned off: shop.placed");
  const [, list = ""] = /Nothing recorded yet:([^]*)\nTurned/.exec(text) ?? [];
  expect(list.split(",").map((name) => name.trim())).toEqual(names);
  for (const line of list.split("\n")) expect(line.length).toBeLessThanOrEqual(100);
});

it("shows a histogram whose measurements an SDK is told as well", async () => {
  const registry = new MetricRegistry({ delivery: "instruments" });
  const provider = new MeterProvider();
  registry.setMeterProvider(provider);
  registry.histogram(wait).record(1);
  expect(dump(registry, only)).toMatch(/^shop\.wait +histogram +1 +1 /m);
  await provider.shutdown();
});

it("says of an empty registry that there is nothing", () => {
  expect(dump(new MetricRegistry(), only)).toBe("0 metrics, 0 series.");
});

/** A stream like a terminal whose colours Node.js tells by the environment. */
function terminal(): NodeJS.WritableStream {
  const getColorDepth = (): number => WriteStream.prototype.getColorDepth();
  return Object.assign(new PassThrough(), { isTTY: true, getColorDepth });
}

describe("titles", () => {
  beforeEach(() => {
    // All that Node.js looks at, so that it is the same in a continuous integration.
    const names = ["NO_COLOR", "FORCE_COLOR", "NODE_DISABLE_COLORS", "CI", "TF_BUILD", "TMUX"];
    for (const name of [...names, "TEAMCITY_VERSION", "COLORTERM", "TERM_PROGRAM"])
      vi.stubEnv(name, undefined);
    vi.stubEnv("TERM", "xterm-256color");
  });
  afterEach(() => void vi.unstubAllEnvs());

  it("stand out on a terminal", () => {
    const styled = dump(shop(), { stream: terminal() });
    expect(styled).toContain("\u001b[1mshop.placed\u001b[22m · counter");
    expect(stripVTControlCharacters(styled)).toBe(dump(shop()));
  });

  it("do not where it is said to have no colours, nor in a file", () => {
    const plain = dump(shop());
    expect(plain).not.toContain("\u001b");
    expect(dump(shop(), { stream: new PassThrough() })).toBe(plain);
    vi.stubEnv("NO_COLOR", "1");
    expect(dump(shop(), { stream: terminal() })).toBe(plain);
    vi.stubEnv("NO_COLOR", undefined);
    vi.stubEnv("TERM", "dumb");
    expect(dump(shop(), { stream: terminal() })).toBe(plain);
  });
});

it("refuses options that make no sense", () => {
  const wrong = [
    { stream: {} as never },
    { colour: true } as object,
    { maxSeries: -1 },
    7 as never,
  ];
  for (const options of wrong) {
    expect(() => dump(shop(), options)).toThrow(
      expect.objectContaining({ code: "ERR_TASKMON_INVALID_OPTION" }),
    );
  }
});

it("keeps every series on a line of its own, whatever its labels and value are", () => {
  const labels = fc.string({ unit: "binary", maxLength: 120 });
  const values = fc.double({ noNaN: true, noDefaultInfinity: true });
  const gauge = defineGauge({ ...base, id: "0x7", name: "shop.any", labels: ["a", "b"] });
  fc.assert(
    fc.property(fc.array(fc.tuple(labels, labels, values), { maxLength: 20 }), (series) => {
      const registry = new MetricRegistry();
      const handle = registry.gauge(gauge);
      for (const [a, b, value] of series) handle.set(value, { a, b });
      const distinct = new Set(series.map(([a, b]) => JSON.stringify([a, b]))).size;
      const lines = dump(registry, only).split("\n");
      expect(lines.filter((line) => line.startsWith("  "))).toHaveLength(
        distinct === 0 ? 0 : distinct + 1,
      );
      for (const line of lines) {
        // oxlint-disable-next-line no-control-regex -- nothing may move a terminal's cursor
        expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
        expect(line.length).toBeLessThan(1_200);
      }
    }),
  );
});
