import { describe, expectTypeOf, it } from "vitest";
import { defineCounter, defineGauge, type LabelValues, MetricRegistry } from "taskmon/metrics";

const base = { service: "0xa", id: "0xb", name: "shop.orders", help: "Orders." } as const;
const registry = new MetricRegistry();

describe("labels", () => {
  it("are inferred from a list of names", () => {
    expectTypeOf<LabelValues<readonly ["a", "b"]>>().toEqualTypeOf<{
      readonly a: string;
      readonly b: string;
    }>();
  });

  it("are inferred from names with types", () => {
    expectTypeOf<LabelValues<{ a: "int"; b: "boolean?" }>>().toEqualTypeOf<{
      readonly a: number;
      readonly b?: boolean | undefined;
    }>();
  });

  it("must all be given, spelt right, and be of their type", () => {
    const counter = registry.counter(
      defineCounter({ ...base, labels: { currency: "string", channel: "int?" } }),
    );
    counter.add(1, { currency: "EUR" });
    counter.add(1, { currency: "EUR", channel: 1 });
    // @ts-expect-error -- a label is missing
    counter.add(1, {});
    // @ts-expect-error -- the labels are missing
    counter.add(1);
    // @ts-expect-error -- a label is misspelt
    counter.add(1, { curency: "EUR" });
    // @ts-expect-error -- a label is unknown
    counter.add(1, { currency: "EUR", color: "red" });
    // @ts-expect-error -- a label has another type
    counter.bind({ currency: 1 });
  });

  it("need not be given where there are none", () => {
    const gauge = registry.gauge(defineGauge({ ...base, id: "0xc", name: "shop.open" }));
    gauge.set(1);
    gauge.bind().set(1);
    // @ts-expect-error -- there is no label
    gauge.set(1, { currency: "EUR" });
  });
});

it("does not let a spec of one kind make a handle of another", () => {
  // @ts-expect-error -- a counter is no gauge
  registry.gauge(defineCounter(base));
});

it("lets labels be left out where all are optional, and takes a spec from the catalogue", () => {
  const spec = defineCounter({ ...base, name: "optional", labels: { a: "string?" } });
  expectTypeOf(registry.counter(spec).add).parameters.toEqualTypeOf<
    [amount: number, labels?: { readonly a?: string | undefined }]
  >();
  const found = registry.catalogue.counters.get("0xa", "0x1");
  if (found !== undefined) registry.counter(found).add(1);
});
