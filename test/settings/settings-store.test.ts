import { diag } from "@opentelemetry/api";
import { AggregationTemporality, MeterProvider } from "@opentelemetry/sdk-metrics";
import { afterEach, describe, expect, it } from "vitest";
import { MetricRegistry } from "../../src/metrics/registry.ts";
import { setLogLevel } from "../../src/shared/report.ts";
import { SettingsStore } from "../../src/settings/settings-store.ts";
import type { SettingsOptions } from "../../src/settings/options.ts";
import { DEFAULT_SETTINGS } from "../../src/settings/settings.ts";
import { manualClock } from "../../src/testing/manual-clock.ts";
import { TestReader } from "../metrics/collect.ts";
import { changesOf, eventSink, listenToDiag, scriptedSource } from "./harness.ts";

const keepers: SettingsStore[] = [];
afterEach(() => {
  for (const keeper of keepers.splice(0)) keeper.stop();
  setLogLevel("all");
  diag.disable();
});

function keeperOf(options?: SettingsOptions, env: Record<string, string> = {}, devMode = false) {
  const clock = manualClock();
  const sink = eventSink();
  const registry = new MetricRegistry();
  const reader = new TestReader(AggregationTemporality.CUMULATIVE);
  registry.setMeterProvider(new MeterProvider({ readers: [reader] }));
  const keeper = new SettingsStore(options, { clock, env, events: sink, registry, devMode });
  keepers.push(keeper);
  return { keeper, clock, sink, reader };
}

/** How many refreshes were exported, by outcome. */
async function exported(reader: TestReader): Promise<Record<string, unknown>> {
  const points = await reader.points("taskmon.settings.refreshes");
  return Object.fromEntries(
    points.map(({ attributes, value }) => [attributes["taskmon.outcome"], value]),
  );
}

describe("start values", () => {
  it("are the defaults, then the environment, then the code", () => {
    expect(keeperOf().keeper.current).toEqual(DEFAULT_SETTINGS);
    const { keeper } = keeperOf(
      { values: { flushTimeoutMs: 700, metrics: { a: { enabled: false } } } },
      { TASKMON_FLUSH_INTERVAL_MS: "7000", TASKMON_FLUSH_TIMEOUT_MS: "7000" },
    );
    expect(keeper.current).toEqual({
      ...DEFAULT_SETTINGS,
      flushIntervalMs: 7_000,
      flushTimeoutMs: 700,
      metrics: { a: { enabled: false } },
    });
    expect(keeper.error).toBeUndefined();
  });

  it("throw at construction where the code gives wrong ones", () => {
    expect(() => keeperOf({ values: { enabled: "no" } as never })).toThrow(
      expect.objectContaining({
        name: "SettingsError",
        code: "ERR_TASKMON_SETTINGS",
        message: 'settings: enabled must be true or false, got "no"',
        problems: [{ where: "settings", message: 'enabled must be true or false, got "no"' }],
      }),
    );
  });

  it.each([
    [{ cacheMs: 99 }, "settings.cacheMs"],
    [{ timeoutMs: 0 }, "settings.timeoutMs"],
    [{ source: {} }, "settings.source"],
    [{ source: { load: async () => ({}) } }, "settings.source.name"],
    [{ interval: 1 }, "settings.interval"],
  ])("throw where the options are wrong: %o", (options, option) => {
    expect(() => keeperOf(options as SettingsOptions)).toThrow(
      expect.objectContaining({ code: "ERR_TASKMON_INVALID_OPTION", option }),
    );
  });

  it("keep the default for a variable that is wrong, say so once, and show it", async () => {
    const lines = listenToDiag();
    const { keeper, clock, sink } = keeperOf(
      { source: scriptedSource() },
      { TASKMON_ENABLED: "nope", TASKMON_RUNTIME: "true" },
    );
    await keeper.start();
    await clock.advance(600_000);
    expect(keeper.current).toEqual({ ...DEFAULT_SETTINGS, runtime: true });
    expect(keeper.error).toEqual({
      source: "environment",
      message: 'TASKMON_ENABLED: enabled must be true or false, got "nope"',
      problems: [
        { where: "TASKMON_ENABLED", message: 'enabled must be true or false, got "nope"' },
      ],
      sinceMs: Date.UTC(2026, 0, 1),
    });
    expect(lines).toEqual([
      'warn taskmon.settings The settings of environment are not in effect, the old ones stay: TASKMON_ENABLED: enabled must be true or false, got "nope" (docs/settings.md)',
    ]);
    expect(sink.records.map(({ eventName }) => eventName)).toEqual(["taskmon.settings.failed"]);
  });

  it("keep Taskmon silent from the first moment, where the environment says so", () => {
    const lines = listenToDiag();
    const { keeper } = keeperOf({}, { TASKMON_LOG_LEVEL: "none", TASKMON_ENABLED: "nope" });
    keeper.update({ flushIntervalMs: 2_000 });
    expect(lines).toEqual([]);
    keeper.update({ logLevel: "info" });
    keeper.update({ flushIntervalMs: 3_000 });
    expect(lines).toEqual([
      "info taskmon.settings logLevel changed from none to info, by code",
      "info taskmon.settings flushIntervalMs changed from 2000 to 3000, by code",
    ]);
  });

  it("are what the process's own environment says, unless another is given", () => {
    process.env["TASKMON_FLUSH_INTERVAL_MS"] = "12345";
    try {
      expect(new SettingsStore().current.flushIntervalMs).toBe(12_345);
    } finally {
      delete process.env["TASKMON_FLUSH_INTERVAL_MS"];
    }
  });
});

describe("a source", () => {
  it("wins over the code, and what it no longer says falls back to the start values", async () => {
    const source = scriptedSource({ flushIntervalMs: 3_000, metrics: { b: { enabled: false } } });
    const { keeper, clock } = keeperOf(
      { values: { flushIntervalMs: 2_000, metrics: { a: { enabled: false } } }, source },
      { TASKMON_FLUSH_TIMEOUT_MS: "400" },
    );
    expect(keeper.current.flushIntervalMs).toBe(2_000);
    expect(await keeper.start()).toBe(keeper.current);
    expect(keeper.current).toEqual({
      ...DEFAULT_SETTINGS,
      flushIntervalMs: 3_000,
      flushTimeoutMs: 400,
      metrics: { a: { enabled: false }, b: { enabled: false } },
    });
    source.answer = { flushTimeoutMs: 500, metrics: { a: { enabled: true } } };
    await clock.advance(60_000);
    expect(keeper.current).toEqual({
      ...DEFAULT_SETTINGS,
      flushIntervalMs: 2_000,
      flushTimeoutMs: 500,
      metrics: { a: { enabled: true } },
    });
  });

  it("is asked once a minute", async () => {
    const source = scriptedSource();
    const { keeper, clock, reader } = keeperOf({ source });
    expect(source.signals).toHaveLength(0);
    void keeper.start();
    void keeper.start();
    await clock.advance(59_999);
    expect(source.signals).toHaveLength(1);
    await clock.advance(1);
    expect(source.signals).toHaveLength(2);
    await clock.advance(600_000);
    expect(source.signals).toHaveLength(12);
    expect(await exported(reader)).toEqual({ unchanged: 12 });
  });

  it("is asked once a second at a desk, and as often as one says", async () => {
    for (const [options, devMode, expected] of [
      [{}, true, 11],
      [{ cacheMs: 5_000 }, true, 3],
      [{ cacheMs: 100 }, false, 101],
    ] as const) {
      const source = scriptedSource();
      const { keeper, clock } = keeperOf({ ...options, source }, {}, devMode);
      void keeper.start();
      await clock.advance(10_000);
      expect(source.signals).toHaveLength(expected);
    }
  });

  it("is asked by one at a time, and everyone who asks meanwhile waits for that", async () => {
    const { promise, resolve } = Promise.withResolvers();
    const source = scriptedSource(promise);
    const { keeper, clock } = keeperOf({ source });
    const first = keeper.start();
    const all = [first, keeper.refresh(), keeper.refresh()];
    for (let i = 0; i < 1_000; i++) keeper.refreshIfStale();
    await clock.advance(4_000);
    expect(source.signals).toHaveLength(1);
    resolve({ flushIntervalMs: 9_000 });
    expect(new Set(await Promise.all(all))).toEqual(new Set([keeper.current]));
    expect(keeper.current.flushIntervalMs).toBe(9_000);
    expect(source.signals).toHaveLength(1);
  });

  it("is asked by a request or a flush only once what it said is old", async () => {
    const source = scriptedSource();
    // Never started, as where a process gets no time between requests.
    const { keeper, clock } = keeperOf({ source });
    for (const [waitMs, expected] of [
      [0, 1],
      [59_999, 1],
      [1, 2],
      [1_000_000, 3],
    ] as const) {
      await clock.advance(waitMs);
      keeper.refreshIfStale();
      keeper.refreshIfStale();
      await clock.advance(0);
      expect(source.signals).toHaveLength(expected);
    }
  });

  it("is asked soon after it says that it changed, once for a burst", async () => {
    const source = scriptedSource();
    const { keeper, clock } = keeperOf({ source });
    await keeper.start();
    source.answer = { enabled: false };
    for (let i = 0; i < 100; i++) source.changed!();
    expect(source.signals).toHaveLength(1);
    await clock.advance(50);
    expect(source.signals).toHaveLength(2);
    expect(keeper.current.enabled).toBe(false);
    await clock.advance(1_000);
    expect(source.signals).toHaveLength(2);
  });

  it("is asked again where it changed while it was asked", async () => {
    const { promise, resolve } = Promise.withResolvers();
    const source = scriptedSource(promise);
    const { keeper, clock } = keeperOf({ source });
    const first = keeper.start();
    source.changed!();
    await clock.advance(200);
    source.changed!();
    await clock.advance(200);
    expect(source.signals).toHaveLength(1);
    source.answer = { enabled: false };
    resolve({ enabled: true });
    await first;
    await clock.advance(0);
    expect(source.signals).toHaveLength(2);
    expect(keeper.current.enabled).toBe(false);
  });

  it("may be one that throws when it is watched, or when that ends", async () => {
    const lines = listenToDiag();
    const broken = (): never => {
      throw new Error("no watches");
    };
    for (const watch of [broken, () => broken]) {
      const { keeper, clock } = keeperOf({
        source: { name: "s", load: async () => ({ flushIntervalMs: 4_000 }), watch },
      });
      expect((await keeper.start()).flushIntervalMs).toBe(4_000);
      await clock.advance(60_000);
      expect(() => keeper.stop()).not.toThrow();
    }
    expect(lines.filter((line) => /^warn .*s cannot be watched/.test(line))).toHaveLength(2);
  });
});

describe("start and stop", () => {
  it("can be called at any time, any number of times", async () => {
    const source = scriptedSource({ enabled: false });
    const { keeper, clock } = keeperOf({ source });
    keeper.stop();
    keeper.stop();
    expect(await keeper.refresh()).toEqual(DEFAULT_SETTINGS);
    expect(source.signals).toHaveLength(0);
    await keeper.start();
    expect(keeper.current.enabled).toBe(false);
    keeper.stop();
    keeper.stop();
    expect(source.changed).toBeUndefined();
    expect(clock.pending).toBe(0);
    keeper.refreshIfStale();
    await keeper.refresh();
    await clock.advance(600_000);
    expect(source.signals).toHaveLength(1);
    expect(keeper.current.enabled).toBe(false);
    source.answer = { enabled: true };
    await keeper.start();
    expect(keeper.current.enabled).toBe(true);
    await clock.advance(60_000);
    expect(source.signals).toHaveLength(3);
  });

  it("leave nothing to a load that was under way", async () => {
    const { promise, resolve } = Promise.withResolvers();
    const source = scriptedSource(promise);
    const { keeper, clock, reader } = keeperOf({ source });
    const changes = changesOf(keeper);
    const first = keeper.start();
    source.changed!();
    await clock.advance(0);
    keeper.stop();
    expect(source.signals[0]!.aborted).toBe(true);
    // Another life begins before the old load has answered, or knows that it is over.
    source.answer = { flushIntervalMs: 5_000 };
    const second = keeper.start();
    expect(await first).toEqual(DEFAULT_SETTINGS);
    resolve({ flushIntervalMs: 4_000 });
    expect((await second).flushIntervalMs).toBe(5_000);
    await clock.advance(1_000);
    expect(changes).toEqual(["flushIntervalMs: 60000 -> 5000 by scripted"]);
    expect(keeper.error).toBeUndefined();
    expect(await exported(reader)).toEqual({ changed: 1 });
    keeper.stop();
    expect(clock.pending).toBe(0);
  });

  it("take nothing of an answer that comes as they end", async () => {
    for (let ticks = 0; ticks < 12; ticks++) {
      const stop = async (): Promise<void> => {
        for (let tick = 0; tick < ticks; tick++) await Promise.resolve();
        if (keeper.current.enabled) keeper.stop();
      };
      const load = async (): Promise<unknown> => {
        void stop();
        return { enabled: false };
      };
      const { keeper, clock } = keeperOf({ source: { name: "late", load } });
      let isStopped = false;
      const { stop: end } = keeper;
      keeper.stop = () => {
        isStopped = true;
        end.call(keeper);
      };
      await keeper.start();
      await clock.advance(0);
      expect(keeper.current.enabled).toBe(isStopped);
      expect(keeper.error).toBeUndefined();
    }
  });

  it("need no source", async () => {
    const { keeper, clock } = keeperOf();
    expect(await keeper.start()).toEqual(DEFAULT_SETTINGS);
    keeper.refreshIfStale();
    expect(await keeper.refresh()).toEqual(DEFAULT_SETTINGS);
    expect(clock.pending).toBe(0);
    keeper.stop();
  });
});

describe("an update in code", () => {
  it("changes what it says, for good, and nothing else", async () => {
    const { keeper } = keeperOf({ values: { metrics: { a: { enabled: false } } } });
    const changes = changesOf(keeper);
    const settings = keeper.update(
      { flushIntervalMs: 2_000, metrics: { b: { enabled: false } } },
      { who: "ops@example.com" },
    );
    expect(settings).toBe(keeper.current);
    expect(settings).toEqual({
      ...DEFAULT_SETTINGS,
      flushIntervalMs: 2_000,
      metrics: { a: { enabled: false }, b: { enabled: false } },
    });
    keeper.update({ metrics: { a: { enabled: true }, c: { enabled: true } } });
    keeper.update({ services: { mail: { logLevel: "debug" } } });
    keeper.update({ services: { "*": { logLevel: "warn" } } });
    expect(keeper.current.services).toEqual({
      mail: { logLevel: "debug" },
      "*": { logLevel: "warn" },
    });
    keeper.update({ flushIntervalMs: 2_000 });
    expect(changes).toEqual([
      "flushIntervalMs: 60000 -> 2000 by ops@example.com",
      "metrics.b.enabled: true -> false by ops@example.com",
      "metrics.a.enabled: false -> true by code",
      "services.mail.logLevel: default -> debug by code",
      "services.*.logLevel: default -> warn by code",
    ]);
  });

  it("is refused whole where one setting is wrong", () => {
    const { keeper } = keeperOf();
    const before = keeper.current;
    expect(() => keeper.update({ enabled: false, flushTimeoutMs: 1 }, { who: "admin" })).toThrow(
      "admin: flushTimeoutMs must be a whole number from 100 to 600000, got 1",
    );
    expect(() => keeper.update({ enabled: false }, { who: " " })).toThrow("update.who");
    expect(() => keeper.update({ enabled: false }, { by: "x" } as never)).toThrow("update.by");
    expect(keeper.current).toBe(before);
    expect(keeper.error).toBeUndefined();
  });

  it("cannot pile up metrics without end", () => {
    const { keeper } = keeperOf();
    const metrics = (from: number): Record<string, { enabled: boolean }> =>
      Object.fromEntries(
        Array.from({ length: 1_001 }, (_, index) => [`m${from + index}`, { enabled: false }]),
      );
    keeper.update({ metrics: metrics(0) });
    expect(() => keeper.update({ metrics: metrics(1_000) })).toThrow("at most 2000 keys");
    expect(Object.keys(keeper.current.metrics)).toHaveLength(1_001);
  });

  it("does not change what the source says, and a line says so", async () => {
    const metrics = { a: { enabled: false } };
    const source = scriptedSource({ enabled: false, metrics });
    const { keeper, clock } = keeperOf({ source });
    await keeper.start();
    const lines = listenToDiag();
    expect(keeper.update({ enabled: true, flushIntervalMs: 2_000 })).toMatchObject({
      enabled: false,
      flushIntervalMs: 2_000,
    });
    expect(lines).toEqual([
      "info taskmon.settings flushIntervalMs changed from 60000 to 2000, by code",
      "info taskmon.settings enabled stays false, because scripted sets it",
    ]);
    source.answer = {};
    await clock.advance(60_000);
    expect(keeper.current.enabled).toBe(true);
  });
});

describe("a change", () => {
  it("is an event for each setting: who changed what, from what, to what, when", async () => {
    const source = scriptedSource({
      enabled: false,
      flushIntervalMs: 5_000,
      metrics: { "shop.orders": { enabled: false }, b: { enabled: true } },
    });
    const { keeper, clock, sink, reader } = keeperOf({ source });
    const heard: unknown[] = [];
    keeper.on("change", (change) => heard.push(change));
    keeper.on("applied", (settings) => heard.push(settings));
    await clock.advance(1_000);
    await keeper.start();
    expect(sink.records).toEqual(
      [
        ["enabled", "true", "false"],
        ["flushIntervalMs", "60000", "5000"],
        ["metrics.shop.orders.enabled", "true", "false"],
      ].map(([name, from, to]) => ({
        eventName: "taskmon.settings.changed",
        severityNumber: 9,
        severityText: "INFO",
        body: `${name} changed from ${from} to ${to}, by scripted`,
        attributes: {
          "taskmon.setting.name": name,
          "taskmon.setting.from": from,
          "taskmon.setting.to": to,
          "taskmon.settings.source": "scripted",
        },
      })),
    );
    const when = { who: "scripted", atMs: Date.UTC(2026, 0, 1) + 1_000 };
    expect(heard).toEqual([
      keeper.current,
      { name: "enabled", from: true, to: false, ...when },
      { name: "flushIntervalMs", from: 60_000, to: 5_000, ...when },
      { name: "metrics.shop.orders.enabled", from: true, to: false, ...when },
    ]);
    expect(await exported(reader)).toEqual({ changed: 1 });
    await keeper.refresh();
    expect(heard).toHaveLength(4);
    expect(await exported(reader)).toEqual({ changed: 1, unchanged: 1 });
  });

  it("is heard until one no longer listens, whatever other listeners do", () => {
    const lines = listenToDiag();
    const { keeper } = keeperOf();
    const heard: unknown[] = [];
    keeper.on("change", () => {
      throw new Error("broken");
    });
    const end = keeper.on("change", ({ to }) => heard.push(to));
    const endOther = keeper.on("change", ({ from }) => heard.push(from));
    keeper.update({ flushIntervalMs: 2_000 });
    end();
    end();
    keeper.update({ flushIntervalMs: 3_000 });
    endOther();
    keeper.update({ flushIntervalMs: 4_000 });
    expect(heard).toEqual([2_000, 60_000, 2_000]);
    expect(lines.filter((line) => line.startsWith("error"))).toEqual([
      'error taskmon.settings A listener of settings.on("change") threw: broken (docs/settings.md)',
    ]);
  });

  it("is heard by all in the order of what happened, also where a listener changes more", () => {
    const { keeper } = keeperOf();
    keeper.on("change", ({ to }) => {
      if (to === 2_000) keeper.update({ flushIntervalMs: 3_000 });
    });
    const heard: unknown[] = [];
    keeper.on("change", ({ from, to }) => heard.push([from, to]));
    keeper.on("applied", ({ flushIntervalMs }) => heard.push(flushIntervalMs));
    keeper.update({ flushIntervalMs: 2_000 });
    expect(heard).toEqual([2_000, [60_000, 2_000], 3_000, [2_000, 3_000]]);
    expect(keeper.current.flushIntervalMs).toBe(3_000);
  });
});
