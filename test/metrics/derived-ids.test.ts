import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, it } from "vitest";
import { idOfBytes, randomId } from "../../src/identity/id.ts";
import { derivedMetricId, derivedServiceId } from "../../src/metrics/derived-ids.ts";
import { hexNaming } from "../../src/metrics/naming.ts";
import { MetricRegistry } from "../../src/metrics/registry.ts";
import { defineCounter } from "../../src/metrics/spec.ts";

const base = { name: "shop.orders", help: "Orders." } as const;
const firstWord = (text: string): string =>
  `0x${createHash("sha256").update(text).digest("hex").slice(0, 16)}`;

it("needs only the names of a service and a metric", () => {
  expect(defineCounter({ ...base, service: "shop" })).toMatchObject({
    service: { id: derivedServiceId("shop"), name: "shop" },
    id: derivedMetricId("shop", "shop.orders"),
    derivedIds: ["service", "id"],
  });
});

it("derives the same ids on every machine, as the docs say", () => {
  // printf shop | sha256sum | cut -c1-16
  expect(derivedServiceId("shop")).toBe(BigInt(firstWord("shop")));
  expect(derivedMetricId("shop", "shop.orders")).toBe(BigInt(firstWord("shop/shop.orders")));
  expect(derivedServiceId("shop").toString(16)).toBe("8d9001d32c6a703d");
});

it("derives only the id that is left out", () => {
  expect(defineCounter({ ...base, service: { id: "0xa", name: "shop" } })).toMatchObject({
    service: { id: 10n, name: "shop" },
    id: derivedMetricId("shop", "shop.orders"),
    derivedIds: ["id"],
  });
  expect(defineCounter({ ...base, service: { name: "a-shop" }, id: 3n })).toMatchObject({
    service: { id: derivedServiceId("a-shop"), name: "a-shop" },
    derivedIds: ["service"],
  });
  expect(defineCounter({ ...base, service: "0xa" }).id).toBe(
    derivedMetricId("taskmon.service.a", "shop.orders"),
  );
});

it("never makes the id zero, which means none", () => {
  expect(idOfBytes(Buffer.alloc(32))).toBe(1n);
  expect(idOfBytes(Buffer.from("0000000000000007", "hex"))).toBe(7n);
  expect(randomId()).not.toBe(randomId());
});

it("gives different names different ids", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (a, b) => {
      expect(derivedMetricId("shop", a) === derivedMetricId("shop", b)).toBe(a === b);
      expect(derivedMetricId("shop", a)).toBeGreaterThan(0n);
    }),
  );
});

it("takes a declaration without ids and one that spells them out as the same metric", () => {
  const registry = new MetricRegistry();
  const short = registry.counter(defineCounter({ ...base, service: "shop" }));
  const long = defineCounter({
    ...base,
    service: { id: derivedServiceId("shop"), name: "shop" },
    id: derivedMetricId("shop", "shop.orders"),
  });
  expect(registry.counter(long)).toBe(short);
});

it("refuses a metric whose id another one's name gives, and names both", () => {
  const registry = new MetricRegistry();
  registry.counter(defineCounter({ ...base, service: "shop" }));
  const taken = defineCounter({
    ...base,
    name: "shop.returns",
    service: "shop",
    id: derivedMetricId("shop", "shop.orders"),
  });
  expect(() => registry.counter(taken)).toThrow(
    expect.objectContaining({
      code: "ERR_TASKMON_METRIC_CONFLICT",
      message: expect.stringMatching(
        /shop\.returns.*derived-ids\.test\.ts.*shop\.orders.*derived-ids\.test\.ts.*id of its own/s,
      ) as string,
    }),
  );
});

it("finds a metric in the catalogue by the names of service and metric", () => {
  const registry = new MetricRegistry();
  const spec = defineCounter({ ...base, service: "shop" });
  registry.counter(spec);
  const { counters } = registry.catalogue;
  expect(counters.get("shop", "shop.orders")).toBe(spec);
  expect(counters.get(derivedServiceId("shop"), spec.id)).toBe(spec);
  expect(counters.ids("shop")).toEqual([spec.id]);
  expect(counters.get("shop", "shop.returns")).toBeUndefined();
  expect(counters.ids("market")).toEqual([]);
});

it("demands explicit ids where names are made of them", () => {
  const registry = new MetricRegistry({ naming: hexNaming() });
  const error = expect.objectContaining({
    code: "ERR_TASKMON_INVALID_SPEC",
    message: expect.stringMatching(
      /^Metric shop\.orders: it, declared at .*, needs service\.id and id, because hexNaming .*"npx taskmon id"/,
    ) as string,
  }) as Error;
  expect(() => registry.counter(defineCounter({ ...base, service: "shop" }))).toThrow(error);
  expect(() => registry.counter(defineCounter({ ...base, service: "0xa" }))).toThrow("needs id,");
  // Nothing half done.
  expect(registry.catalogue.counters.ids("shop")).toEqual([]);
  registry.counter(defineCounter({ ...base, service: "0xa", id: "0xb" }));
});
