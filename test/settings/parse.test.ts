import fc from "fast-check";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import { parseMetricSpecs, SpecFileError } from "../../src/spec-files/index.ts";
import { parseSettings } from "../../src/settings/parse.ts";
import { BOUNDS, DEFAULT_SETTINGS, SETTINGS } from "../../src/settings/settings.ts";

function messagesOf(input: unknown): string[] {
  const parsed = parseSettings(input, "here");
  return parsed.ok ? [] : parsed.problems.map(({ message }) => message);
}

function settingsOf(input: unknown): unknown {
  const parsed = parseSettings(input, "here");
  return parsed.ok ? parsed.settings : parsed.problems;
}

it("takes a copy of what is right", () => {
  const metrics = { "shop.orders": { enabled: false }, constructor: { enabled: true } };
  const input = {
    enabled: false,
    flushIntervalMs: 1_000,
    flushTimeoutMs: 600_000,
    runtime: true,
    logLevel: "none",
    metrics,
  };
  const settings = settingsOf(input) as typeof input;
  expect(settings).toEqual(input);
  metrics["shop.orders"].enabled = true;
  expect(settings.metrics["shop.orders"].enabled).toBe(false);
  expect(Object.isFrozen(settings)).toBe(true);
  expect(Object.isFrozen(settings.metrics)).toBe(true);
  expect(Object.isFrozen(settings.metrics["shop.orders"])).toBe(true);
  expect("toString" in settings.metrics).toBe(false);
});

it("takes what is left out, or undefined in code, for nothing said", () => {
  expect(settingsOf({})).toEqual({});
  expect(Object.keys(settingsOf({ enabled: undefined, metrics: undefined }) as object)).toEqual([]);
});

it("takes an object of another realm and one without prototype", () => {
  expect(settingsOf(runInNewContext("({ enabled: false })"))).toEqual({ enabled: false });
  expect(settingsOf(Object.assign(Object.create(null) as object, { enabled: false }))).toEqual({
    enabled: false,
  });
});

it.each<[string, unknown, string]>([
  ["nothing", undefined, "the settings must be an object, got undefined"],
  ["null", null, "the settings must be an object, got null"],
  ["a text", "enabled", 'the settings must be an object, got "enabled"'],
  ["a list", [true], "the settings must be an object, got an array of 1"],
  ["a function", () => ({}), "the settings must be an object, got a function"],
  ["a date", new Date(0), "the settings must be an object, got an object"],
  ["a map", new Map([["enabled", true]]), "the settings must be an object, got an object"],
  [
    "what it would inherit",
    Object.create({ enabled: false }),
    "the settings must be an object, got an object",
  ],
  [
    "a key that is misspelled",
    { enable: true },
    'the key "enable" of the settings is unknown; known are enabled, flushIntervalMs, flushTimeoutMs, runtime, logLevel, metrics, services',
  ],
  [
    "__proto__ as a key",
    JSON.parse('{"__proto__": {"enabled": false}}'),
    'the key "__proto__" of the settings is unknown; known are enabled, flushIntervalMs, flushTimeoutMs, runtime, logLevel, metrics, services',
  ],
  [
    "a symbol as a key",
    { [Symbol("enabled")]: true },
    "a key of the settings must be text, got a symbol",
  ],
  ["text for a truth value", { enabled: "true" }, 'enabled must be true or false, got "true"'],
  ["a number for a truth value", { runtime: 1 }, "runtime must be true or false, got 1"],
  ["null for a value", { runtime: null }, "runtime must be true or false, got null"],
  [
    "an interval that is too short",
    { flushIntervalMs: 999 },
    "flushIntervalMs must be a whole number from 1000 to 86400000, got 999",
  ],
  [
    "an interval that is too long",
    { flushIntervalMs: 86_400_001 },
    "flushIntervalMs must be a whole number from 1000 to 86400000, got 86400001",
  ],
  [
    "a timeout that is no number",
    { flushTimeoutMs: NaN },
    "flushTimeoutMs must be a whole number from 100 to 600000, got NaN",
  ],
  [
    "a timeout of text",
    { flushTimeoutMs: "5000" },
    'flushTimeoutMs must be a whole number from 100 to 600000, got "5000"',
  ],
  [
    "a timeout with a fraction",
    { flushTimeoutMs: 100.5 },
    "flushTimeoutMs must be a whole number from 100 to 600000, got 100.5",
  ],
  [
    "an object that pretends to be a number",
    { flushTimeoutMs: { valueOf: () => 5_000 } },
    "flushTimeoutMs must be a whole number from 100 to 600000, got an object",
  ],
  [
    "a level in capitals",
    { logLevel: "WARN" },
    'logLevel must be one of all, verbose, debug, info, warn, error, none, got "WARN"',
  ],
  ["a list of metrics", { metrics: ["a"] }, "metrics must be an object, got an array of 1"],
  [
    "a key that no metric can have",
    { metrics: JSON.parse('{"__proto__": {"enabled": false}}') as unknown },
    'the key "__proto__" of metrics must be a metric\'s name',
  ],
  [
    "a truth value for a metric",
    { metrics: { a: false } },
    "metrics.a must be an object, got false",
  ],
  [
    "a metric of which nothing is said",
    { metrics: { a: {} } },
    "metrics.a.enabled must be true or false, got undefined",
  ],
  [
    "a metric's key that is unknown",
    { metrics: { a: { enabled: true, unit: "s" } } },
    'the key "unit" of metrics.a is unknown; known are enabled',
  ],
  [
    "too many metrics",
    { metrics: Object.fromEntries(Array.from({ length: 2_001 }, (_, i) => [`m${i}`, null])) },
    "metrics must be an object of at most 2000 keys",
  ],
  [
    "a service's level that there is not",
    { services: { mail: { logLevel: "verbose" } } },
    'services.mail.logLevel must be one of debug, info, warn, error, none, got "verbose"',
  ],
  [
    "a service of which nothing is said",
    { services: { "*": {} } },
    "services.*.logLevel must be one of debug, info, warn, error, none, got undefined",
  ],
  [
    "a name that no service can have",
    { services: { "a\nb": { logLevel: "info" } } },
    'the key "a\\nb" of services must be a service\'s name or id',
  ],
])("refuses %s", (_, input, message) => {
  expect(messagesOf(input)).toEqual([message]);
});

it("says everything that is wrong, to a bound, and where", () => {
  expect(parseSettings({ enabled: 1, runtime: 2, extra: 3 }, "settings.json")).toMatchObject({
    ok: false,
    problems: [
      { where: "settings.json", message: "enabled must be true or false, got 1" },
      { where: "settings.json", message: "runtime must be true or false, got 2" },
      { where: "settings.json", message: expect.stringContaining('"extra"') as string },
    ],
  });
  const huge = Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`k${i}`, i]));
  const messages = messagesOf(huge);
  expect(messages).toHaveLength(20);
  expect(messages.every((message) => message.length < 300)).toBe(true);
  expect(messagesOf({ ["k".repeat(1_000_000)]: 1 })[0]!.length).toBeLessThan(300);
});

it("is not thrown off by getters and proxies that throw, and reads each value once", () => {
  const broken = (): never => {
    throw new Error("broken");
  };
  expect(
    messagesOf(Object.defineProperty({}, "enabled", { enumerable: true, get: broken })),
  ).toEqual(["the settings cannot be read"]);
  for (const trap of ["getPrototypeOf", "ownKeys", "get"]) {
    const input = new Proxy({ enabled: true }, { [trap]: broken });
    expect(messagesOf(input)).toEqual(["the settings cannot be read"]);
    expect(messagesOf({ metrics: { a: input } })).toEqual(["metrics.a cannot be read"]);
  }
  let reads = 0;
  const shifty = Object.defineProperty({}, "flushIntervalMs", {
    enumerable: true,
    get: () => (reads++ === 0 ? 5_000 : NaN),
  });
  expect(settingsOf(shifty)).toEqual({ flushIntervalMs: 5_000 });
});

it("takes its own defaults", () => {
  expect(settingsOf(DEFAULT_SETTINGS)).toEqual(DEFAULT_SETTINGS);
  expect(Object.keys(DEFAULT_SETTINGS)).toEqual(SETTINGS);
});

const setting = fc.oneof(
  fc.constantFrom<unknown>(true, false, "all", "warn", "none", 100, 999, 1_000, 5_000, null),
  fc.constantFrom<unknown>(BOUNDS.flushTimeoutMs.max, BOUNDS.flushIntervalMs.max, 86_400_001),
  fc.jsonValue({ maxDepth: 2 }),
);
const metrics = fc.dictionary(
  fc.oneof(
    fc.constantFrom("a", "shop.orders", "constructor", "__proto__", "9", "a b"),
    fc.string(),
  ),
  fc.oneof(
    fc.constantFrom<unknown>({ enabled: true }, { enabled: false }, {}, { enabled: 1 }),
    setting,
  ),
  { maxKeys: 3 },
);
const input = fc.oneof(
  fc.dictionary(fc.constantFrom(...SETTINGS.filter((key) => key !== "metrics")), setting),
  fc.record({ metrics, enabled: fc.boolean() }, { requiredKeys: [] }),
  fc.dictionary(fc.string(), setting),
  fc.jsonValue(),
);

it("refuses exactly what the schema of files refuses", () => {
  fc.assert(
    fc.property(input, (settings) => {
      const text = JSON.stringify({ settings });
      const parsed = parseSettings(JSON.parse(JSON.stringify(settings)), "here");
      let fromFile: unknown;
      try {
        fromFile = parseMetricSpecs({ text, format: "json" }).settings;
      } catch (error) {
        expect(error).toBeInstanceOf(SpecFileError);
      }
      expect(parsed.ok).toBe(fromFile !== undefined);
      if (parsed.ok) expect(parsed.settings).toEqual(fromFile);
    }),
    { numRuns: 2_000 },
  );
});
