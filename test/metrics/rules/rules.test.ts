import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findingsOf, RULES, type SpecDraft } from "../../../src/metrics/rules/index.ts";
import { specOf } from "../../../src/metrics/spec.ts";

const good: SpecDraft = {
  kind: "counter",
  service: "0xa",
  id: 11n,
  name: "shop.orders",
  help: "Orders.",
  unit: "{order}",
  labels: ["currency"],
  buckets: undefined,
  maxSeries: undefined,
};

it("finds nothing in a good declaration of each kind", () => {
  expect(findingsOf(good)).toEqual([]);
  expect(findingsOf({ ...good, kind: "gauge", labels: undefined })).toEqual([]);
  expect(findingsOf({ ...good, kind: "upDownCounter", labels: { a: "int?" } })).toEqual([]);
  expect(findingsOf({ ...good, kind: "histogram", buckets: [0.5, 1] })).toEqual([]);
});

it("has rules with distinct codes", () => {
  expect(new Set(RULES.map(({ code }) => code)).size).toBe(RULES.length);
});

describe.each<[rule: string, cases: [change: Partial<SpecDraft>, message: string][]]>([
  [
    "name-legal",
    [
      [
        { name: "1st" },
        'name must be a letter and then letters, digits, and _ . - /, at most 255 in all, got "1st"',
      ],
      [{ name: "" }, "name must be"],
      [{ name: "a b" }, "name must be"],
      [{ name: `a${"b".repeat(255)}` }, "at most 255"],
      [{ name: undefined }, "got undefined"],
    ],
  ],
  [
    "name-not-reserved",
    [
      [
        { name: "target.info" },
        "name target.info is reserved for the resource in Prometheus' exposition",
      ],
      [{ kind: "gauge", name: "target" }, "choose another"],
    ],
  ],
  [
    "name-unambiguous",
    [
      [
        { kind: "gauge", name: "orders.total" },
        'name orders.total ends in "total", which Prometheus reserves for counters',
      ],
    ],
  ],
  [
    "help-required",
    [
      [{ help: "  " }, "help must be a sentence"],
      [{ help: 7 }, "help must be a sentence"],
      [{ help: "a\nb" }, "help must be one line"],
      [{ help: "x".repeat(1_025) }, "at most 1024 characters long, got 1025"],
    ],
  ],
  [
    "unit-legal",
    [
      [
        { unit: "per second" },
        'unit must be a UCUM code such as s, By, 1 or {order}, got "per second"',
      ],
      [{ unit: "{order" }, "unit must be"],
      [{ unit: "" }, "unit must be"],
      [{ unit: 1 }, "unit must be"],
      [{ unit: "µs" }, "unit must be"],
    ],
  ],
  [
    "ids-not-zero",
    [
      [{ service: "0x0" }, 'service must be an id other than zero, got "0x0"'],
      [{ id: 0n }, "id must be an id other than zero"],
      [{ id: 12 }, "id must be an unsigned 64-bit id"],
      [{ service: { id: "shop", name: "shop" } }, "service must be an unsigned 64-bit id"],
      [
        { service: "0xshop" },
        "service must be a name that begins with a letter, or an unsigned 64-bit id",
      ],
      [{ service: "012" }, "service must be a name that begins with a letter, or"],
      [{ service: undefined }, "service must be a name that begins with a letter, or"],
      [{ service: "a shop" }, "service must be a name that begins with a letter, or"],
      [{ service: null }, "service must be a name that begins with a letter, or"],
      [{ id: null }, "id must be an unsigned 64-bit id"],
    ],
  ],
  ["service-named", [[{ service: { id: 1n, name: "" } }, "service.name must be a text"]]],
  [
    "labels-declared",
    [
      [{ labels: "a" }, 'labels must be a list of names, or names with types, got "a"'],
      [{ labels: [] }, "labels must name at least one label; leave them out"],
      [{ labels: {} }, "labels must name at least one label"],
      [{ labels: [1] }, "labels must be a list of texts, got 1 in it"],
      [
        { labels: { a: "float" } },
        'label a must have the type string, int or boolean, with ? if it is optional, got "float"',
      ],
    ],
  ],
  [
    "labels-legal",
    [
      [{ labels: [""] }, 'label "" must be a letter or _'],
      [{ labels: ["1st"] }, 'label "1st" must be'],
      [{ labels: ["__name__"] }, "not beginning with __"],
      [{ labels: ["__proto__"] }, "not beginning with __"],
    ],
  ],
  [
    "labels-distinct",
    [
      [{ labels: ["a", "a"] }, "label a is declared twice"],
      [{ labels: ["a.b", "a_b"] }, "labels a.b and a_b are both a_b in Prometheus; rename one"],
      [{ labels: ["a.b", "a.-b"] }, "are both a_b in Prometheus"],
    ],
  ],
  [
    "labels-not-reserved",
    [
      [{ labels: ["le"] }, "label le is one that Prometheus or its exporter sets itself"],
      [{ labels: ["otel.scope.name"] }, "label otel.scope.name is one"],
      [{ labels: ["quantile"] }, "label quantile is one"],
    ],
  ],
  [
    "buckets-ordered",
    [
      [{ kind: "histogram", buckets: undefined }, "buckets must be a list of at least one bound"],
      [{ kind: "histogram", buckets: [] }, "buckets must be a list of at least one bound"],
      [{ kind: "histogram", buckets: [1, 1] }, "buckets[1] must differ from the bounds before it"],
      [
        { kind: "histogram", buckets: [1, 2, 1] },
        "buckets[2] must differ from the bounds before it",
      ],
      [
        { kind: "histogram", buckets: [1, Infinity] },
        "buckets[1] must be a finite number, got Infinity",
      ],
      [{ kind: "histogram", buckets: ["1"] }, 'buckets[0] must be a finite number, got "1"'],
      [{ buckets: [1] }, "counter metrics have no buckets; leave them out"],
    ],
  ],
  [
    "max-series-bounded",
    [
      [{ maxSeries: 0 }, "maxSeries must be a whole number from 1 to 1000000, got 0"],
      [{ maxSeries: 1.5 }, "got 1.5"],
      [{ maxSeries: "many" }, 'got "many"'],
    ],
  ],
])("the rule %s", (rule, cases) => {
  it.each(cases)("refuses %o and says how to fix it", (change, message) => {
    const findings = findingsOf({ ...good, ...change }).filter((finding) => finding.rule === rule);
    expect(findings.map((finding) => finding.message).join("; ")).toContain(message);
  });
});

it("has a test for each rule", () => {
  // The table above is complete: each rule refuses something that it names.
  expect(RULES.map(({ code }) => code).toSorted()).toEqual(
    [
      "name-legal",
      "name-not-reserved",
      "name-unambiguous",
      "help-required",
      "unit-legal",
      "ids-not-zero",
      "service-named",
      "labels-declared",
      "labels-legal",
      "labels-distinct",
      "labels-not-reserved",
      "buckets-ordered",
      "max-series-bounded",
    ].toSorted(),
  );
});

it("either refuses any declaration at all, or makes a spec of it, and never fails otherwise", () => {
  const anything = fc.anything({ withBigInt: true, withNullPrototype: true });
  const draft = fc.record({
    kind: fc.constantFrom("counter" as const, "gauge" as const, "histogram" as const),
    service: fc.oneof(fc.constant("0xa"), anything),
    id: fc.oneof(fc.constant(1n), anything),
    name: fc.oneof(fc.constant("shop.orders"), anything),
    help: fc.oneof(fc.constant("Orders."), anything),
    unit: fc.oneof(fc.constant(undefined), fc.string(), anything),
    labels: fc.oneof(fc.constant(undefined), fc.array(fc.string()), anything),
    buckets: fc.oneof(fc.constant(undefined), fc.array(fc.double()), anything),
    maxSeries: fc.oneof(fc.constant(undefined), anything),
  });
  fc.assert(
    fc.property(draft, (given) => {
      if (findingsOf(given).length === 0) {
        expect(specOf(given, undefined).labels.every(({ key }) => key !== "")).toBe(true);
      } else {
        expect(() => specOf(given, undefined)).toThrow(
          expect.objectContaining({ code: "ERR_TASKMON_INVALID_SPEC" }),
        );
      }
    }),
  );
});
