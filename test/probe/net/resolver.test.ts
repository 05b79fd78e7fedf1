import { writeFileSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { expect, inject, it, onTestFinished } from "vitest";
import type { ProbeError } from "../../../src/probe/errors.ts";
import { createResolver, type ProbeResolver } from "../../../src/probe/net/resolver.ts";
import { candidates, parseSearchList } from "../../../src/probe/net/search-list.ts";
import { parseHosts } from "../../../src/probe/net/hosts-file.ts";
import { TtlCache } from "../../../src/probe/net/ttl-cache.ts";
import { manualClock } from "../../../src/testing/manual-clock.ts";
import { addresses, FLAGS, type NameAnswer, udpNameServer } from "../../setup/name-server.ts";

const signal = AbortSignal.timeout(60_000);

/** A resolver with a server of its own, and how often that was asked for what. */
async function setUp(
  naming: (name: string, type: string) => NameAnswer,
  options: Parameters<typeof createResolver>[0] = {},
): Promise<{ resolver: ProbeResolver; asked: string[]; looked: string[] }> {
  const asked: string[] = [];
  const looked: string[] = [];
  const port = await udpNameServer(({ name, type }) => {
    asked.push(`${type} ${name}`);
    return naming(name, type);
  });
  const resolver = createResolver({
    servers: [`127.0.0.1:${port}`],
    lookup: async (host, family) => {
      looked.push(`${family} ${host}`);
      throw Object.assign(new Error("no such name"), { code: "ENOTFOUND" });
    },
    ...options,
  });
  return { resolver, asked, looked };
}

const GONE = { flags: FLAGS.NXDOMAIN };

function zone(
  records: Readonly<Record<string, string>>,
): (name: string, type: string) => NameAnswer {
  return (name, type) => {
    const address = records[name];
    if (address === undefined) return GONE;
    const isType = address.includes(":") ? "AAAA" : "A";
    return { answers: type === isType ? addresses(name, address) : [] };
  };
}

it("asks the server for the family that is preferred, and then for the other", async () => {
  const { resolver, asked } = await setUp(
    zone({ "four.test": "192.0.2.4", "six.test": "2001:db8::6" }),
  );
  expect(await resolver.resolve("four.test", "prefer4", signal)).toEqual({
    address: "192.0.2.4",
    family: 4,
  });
  expect(await resolver.resolve("six.test", "prefer4", signal)).toEqual({
    address: "2001:db8::6",
    family: 6,
  });
  expect(await resolver.resolve("four.test", "prefer6", signal)).toMatchObject({ family: 4 });
  await expect(resolver.resolve("four.test", 6, signal)).rejects.toMatchObject({
    type: "dns_not_found",
  });
  expect(asked.slice(0, 3)).toEqual(["A four.test", "A six.test", "AAAA six.test"]);
});

it("keeps an answer for as long as its record says, and asks once for all who wait", async () => {
  const clock = manualClock();
  const { resolver, asked } = await setUp(zone({ "a.test": "192.0.2.1" }), { clock });
  const ask = (): Promise<unknown> => resolver.resolve("A.test", 4, signal);
  await Promise.all([ask(), ask(), ask()]);
  expect(asked).toHaveLength(1);
  await clock.advance(59_000);
  await ask();
  expect(asked).toHaveLength(1);
  await clock.advance(2_000);
  await ask();
  expect(asked).toHaveLength(2);
});

it("keeps a failure for a moment, and says what kind it is", async () => {
  const clock = manualClock();
  const { resolver, asked, looked } = await setUp(
    (name) => {
      return name === "broken.test" ? { flags: FLAGS.SERVFAIL } : GONE;
    },
    { clock, errorTtlMs: 1_000 },
  );
  const failing = (host: string): Promise<unknown> =>
    resolver.resolve(host, 4, signal).catch((error: ProbeError) => error.type);
  expect(await failing("broken.test")).toBe("dns_failure");
  expect(await failing("gone.test")).toBe("dns_not_found");
  // A name that no server knows may be known to the system in another way.
  expect(looked).toEqual(["4 gone.test"]);
  const before = asked.length;
  await failing("gone.test");
  expect(asked).toHaveLength(before);
  await clock.advance(1_001);
  await failing("gone.test");
  expect(asked.length).toBeGreaterThan(before);
});

it("says that a server did not answer in time, and ends with its signal", async () => {
  const { resolver } = await setUp(() => undefined, { queryTimeoutMs: 50 });
  await expect(resolver.resolve("slow.test", 4, signal)).rejects.toMatchObject({
    type: "dns_timeout",
  });
  const patient = await setUp(() => undefined);
  const short = patient.resolver.resolve("slow.test", 4, AbortSignal.timeout(30));
  await expect(short).rejects.toMatchObject({ type: "dns_timeout" });
});

it("tries the names of the search list in the order of the system", async () => {
  const searchList = { domains: ["ns.svc.cluster.test", "svc.cluster.test"], ndots: 5 };
  const { resolver, asked } = await setUp(zone({ "db.ns.svc.cluster.test": "192.0.2.8" }), {
    searchList,
  });
  expect(await resolver.resolve("db", 4, signal)).toMatchObject({ address: "192.0.2.8" });
  expect(asked).toEqual(["A db.ns.svc.cluster.test"]);
  await resolver.resolve("other.test", 4, signal).catch(() => undefined);
  expect(asked.slice(1)).toEqual([
    ...["A other.test.ns.svc.cluster.test", "A other.test.svc.cluster.test", "A other.test"],
  ]);
  asked.length = 0;
  await resolver.resolve("other.test.", 4, signal).catch(() => undefined);
  expect(asked).toEqual(["A other.test"]);
});

it("takes the names of the hosts file first, and reads it again when it changed", async () => {
  const clock = manualClock();
  const hostsFile = join(inject("testRun").folder, `hosts-${process.pid}`);
  writeFileSync(hostsFile, "# ours\n192.0.2.5 db.test DB\n2001:db8::5 db.test\n");
  const { resolver, asked } = await setUp(zone({}), { hostsFile, clock });
  expect(await resolver.resolve("db.TEST", "prefer4", signal)).toEqual({
    address: "192.0.2.5",
    family: 4,
  });
  expect(await resolver.resolve("db.test", "prefer6", signal)).toEqual({
    address: "2001:db8::5",
    family: 6,
  });
  writeFileSync(hostsFile, "192.0.2.66 db.test\n");
  utimesSync(hostsFile, 1, 1);
  await clock.advance(5_000);
  expect(await resolver.resolve("db", 4, signal).catch((error: ProbeError) => error.type)).toBe(
    "dns_not_found",
  );
  expect(await resolver.resolve("db.test", 4, signal)).toMatchObject({ address: "192.0.2.66" });
  expect(asked).toEqual(["A db"]);
});

it("finds localhost, which servers do not know", async () => {
  const resolver = createResolver();
  expect(await resolver.resolve("localhost", 4, signal)).toEqual({
    address: "127.0.0.1",
    family: 4,
  });
});

it("takes addresses as they are, of the family that is wanted", async () => {
  const { resolver, asked } = await setUp(zone({}));
  expect(await resolver.resolve("::1", "prefer4", signal)).toEqual({ address: "::1", family: 6 });
  await expect(resolver.resolve("192.0.2.1", 6, signal)).rejects.toThrow(
    "192.0.2.1 is not an IPv6 address",
  );
  expect(asked).toEqual([]);
});

it("goes to the system where there is no server at all", async () => {
  const looked: string[] = [];
  const resolver = createResolver({
    servers: ["127.0.0.1:1"],
    lookup: async (host, family) => {
      looked.push(`${family} ${host}`);
      return { address: "192.0.2.77", family: 4 };
    },
  });
  expect(await resolver.resolve("any.test", 4, signal)).toEqual({
    address: "192.0.2.77",
    family: 4,
  });
  expect(looked).toEqual(["4 any.test"]);
});

it("reads resolv.conf and hosts as the system does", () => {
  const text = "domain old.test\nsearch a.test. b.test\noptions timeout:1 ndots:99 rotate\n";
  expect(parseSearchList(text)).toEqual({ domains: ["a.test", "b.test"], ndots: 15 });
  expect(candidates("x.y", { domains: ["a"], ndots: 1 })).toEqual(["x.y", "x.y.a"]);
  expect([...parseHosts("\n127.0.0.1\tA b # c\r\n::1 a\n")]).toEqual([
    ["a", ["127.0.0.1", "::1"]],
    ["b", ["127.0.0.1"]],
  ]);
});

it("forgets the oldest where it has kept as many as it may", async () => {
  const cache = new TtlCache<number>(manualClock(), { maxEntries: 2, errorTtlMs: 1 });
  onTestFinished(() => cache.clear());
  let asked = 0;
  const get = (key: string): Promise<number> =>
    cache.get(key, async () => ({ value: ++asked, ttlMs: 1_000 }));
  for (const key of ["a", "b", "c"]) await get(key);
  expect(await get("b")).toBe(2);
  expect(await get("a")).toBe(4);
});
