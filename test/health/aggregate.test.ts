import fc from "fast-check";
import { expect, it } from "vitest";
import { aggregate, causeOf, countsAs, type Member } from "../../src/health/aggregate.ts";

function member(name: string, more: Partial<Member> = {}): Member {
  const plain = { state: "pass", critical: true, dependsOn: [], maintained: false } as const;
  return { name, forced: undefined, ...plain, ...more };
}

const members = fc.array(
  fc.record<Member>({
    name: fc.constantFrom("a", "b", "c", "d"),
    state: fc.constantFrom("pass", "warn", "fail", "unknown", "paused"),
    critical: fc.boolean(),
    dependsOn: fc.array(fc.constantFrom("a", "b", "c", "d", "gone"), { maxLength: 3 }),
    maintained: fc.boolean(),
    forced: fc.constantFrom(undefined, undefined, undefined, "pass", "warn", "fail"),
  }),
  { maxLength: 8 },
);

it("passes with nobody in the group, and where everybody passes", () => {
  expect(aggregate([])).toBe("pass");
  expect(aggregate([member("a"), member("b")])).toBe("pass");
});

it("fails with a critical check, and is degraded by one that is not", () => {
  expect(aggregate([member("a"), member("b", { state: "fail" })])).toBe("fail");
  expect(aggregate([member("a"), member("b", { state: "fail", critical: false })])).toBe("warn");
  expect(aggregate([member("a", { state: "warn" })])).toBe("warn");
});

it("is unknown while nothing is known of a critical check, unless another fails", () => {
  const unknown = member("a", { state: "unknown" });
  expect(aggregate([unknown, member("b", { state: "warn" })])).toBe("unknown");
  expect(aggregate([unknown, member("b", { state: "fail" })])).toBe("fail");
  expect(aggregate([member("a", { state: "unknown", critical: false })])).toBe("pass");
});

it("passes over what is paused or under maintenance, but not what an operator forced", () => {
  expect(aggregate([member("a", { state: "paused" })])).toBe("pass");
  expect(aggregate([member("a", { state: "fail", maintained: true })])).toBe("pass");
  expect(aggregate([member("a", { state: "paused", forced: "fail" })])).toBe("fail");
  expect(aggregate([member("a", { state: "fail", forced: "pass" })])).toBe("pass");
});

it("is no better than its worst critical member, and no worse than its worst member", () => {
  const rank = { pass: 0, warn: 1, unknown: 2, fail: 3 };
  fc.assert(
    fc.property(members, (group) => {
      const total = rank[aggregate(group)];
      const ranks = (some: Member[]): number[] => some.map((one) => rank[countsAs(one) ?? "pass"]);
      expect(total).toBeGreaterThanOrEqual(
        Math.max(0, ...ranks(group.filter((one) => one.critical))),
      );
      expect(total).toBeLessThanOrEqual(Math.max(0, ...ranks(group)));
      expect(rank[aggregate(group.toReversed())]).toBe(total);
    }),
  );
});

it("explains a failure by the failing check that it hangs on in the end", () => {
  const all = [
    member("network", { state: "fail" }),
    member("db", { state: "fail", dependsOn: ["network"] }),
    member("orders", { state: "fail", dependsOn: ["cache", "db"] }),
    member("cache"),
    member("search", { state: "warn", dependsOn: ["network"] }),
  ];
  const byName = new Map(all.map((one) => [one.name, one]));
  expect(all.map((one) => causeOf(one, byName))).toEqual([
    undefined,
    "network",
    "network",
    undefined,
    undefined,
  ]);
});

it("names a failing check other than the explained one, and ends where checks depend on each other", () => {
  fc.assert(
    fc.property(members, (group) => {
      const byName = new Map(group.map((one) => [one.name, one]));
      for (const one of byName.values()) {
        const cause = causeOf(one, byName);
        if (cause === undefined) continue;
        const { forced, state } = byName.get(cause)!;
        expect(forced ?? state).toBe("fail");
        expect(countsAs(one)).toBe("fail");
        expect(cause).not.toBe(one.name);
      }
    }),
  );
});
