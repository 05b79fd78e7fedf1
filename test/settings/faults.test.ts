import { diag } from "@opentelemetry/api";
import fc from "fast-check";
import { afterEach, expect, it } from "vitest";
import { setLogLevel } from "../../src/shared/report.ts";
import { SettingsStore } from "../../src/settings/settings-store.ts";
import type { SettingsFailure } from "../../src/settings/failure.ts";
import { parseSettings } from "../../src/settings/parse.ts";
import { DEFAULT_SETTINGS } from "../../src/settings/settings.ts";
import type { SettingsSource } from "../../src/settings/source.ts";
import { manualClock } from "../../src/testing/manual-clock.ts";
import { changesOf, eventSink, listenToDiag, scriptedSource } from "./harness.ts";

const keepers: SettingsStore[] = [];
afterEach(() => {
  for (const keeper of keepers.splice(0)) keeper.stop();
  setLogLevel("all");
  diag.disable();
});

const STARTED = Date.UTC(2026, 0, 1);
const good = { flushIntervalMs: 7_000 };

function keeperOf(source: SettingsSource) {
  const clock = manualClock();
  const sink = eventSink();
  const keeper = new SettingsStore({ source }, { clock, env: {}, events: sink });
  keepers.push(keeper);
  const heard: string[] = [];
  const tell =
    (kind: string) =>
    ({ message }: SettingsFailure): void =>
      void heard.push(`${kind} ${message}`);
  keeper.on("failed", tell("failed"));
  keeper.on("recovered", tell("recovered"));
  return { keeper, clock, sink, heard };
}

it("keeps what it has while the source gives what is wrong, and says so once", async () => {
  const lines = listenToDiag();
  const source = scriptedSource(good);
  const { keeper, clock, sink, heard } = keeperOf(source);
  await keeper.start();
  const before = keeper.current;
  lines.length = 0;
  source.answer = { flushIntervalMs: 8_000, flushTimeoutMs: "soon" };
  await clock.advance(300_000);
  expect(keeper.current).toBe(before);
  const message = 'scripted: flushTimeoutMs must be a whole number from 100 to 600000, got "soon"';
  expect(keeper.error).toEqual({
    source: "scripted",
    message,
    problems: [
      {
        where: "scripted",
        message: 'flushTimeoutMs must be a whole number from 100 to 600000, got "soon"',
      },
    ],
    sinceMs: STARTED + 60_000,
  });
  expect(lines).toEqual([
    `warn taskmon.settings The settings of scripted are not in effect, the old ones stay: ${message} (docs/settings.md)`,
  ]);
  expect(heard).toEqual([`failed ${message}`]);

  source.answer = good;
  await clock.advance(60_000);
  expect(keeper.error).toBeUndefined();
  expect(lines.slice(1)).toEqual([
    "info taskmon.settings The settings of scripted are in effect again",
  ]);
  expect(heard.slice(1)).toEqual([`recovered ${message}`]);
  expect(sink.records.slice(1)).toEqual([
    {
      eventName: "taskmon.settings.failed",
      severityNumber: 13,
      severityText: "WARN",
      body: `The settings of scripted are not in effect, the old ones stay: ${message}`,
      attributes: {
        "taskmon.settings.source": "scripted",
        "error.type": "ERR_TASKMON_SETTINGS",
      },
    },
    {
      eventName: "taskmon.settings.recovered",
      severityNumber: 9,
      severityText: "INFO",
      body: "The settings of scripted are in effect again",
      attributes: { "taskmon.settings.source": "scripted" },
    },
  ]);
});

it("says each cause once, and all of them again after a recovery", async () => {
  const lines = listenToDiag();
  const source = scriptedSource();
  const { keeper, clock, heard } = keeperOf(source);
  const refused = Object.assign(new Error("connect 10.0.0.1:5432"), { code: "ECONNREFUSED" });
  const refusedThere = Object.assign(new Error("connect 10.0.0.2:5432"), { code: "ECONNREFUSED" });
  const answers = [
    refused,
    refusedThere,
    new Error("request 1 failed"),
    new Error("request 2 failed"),
    { enabled: 1 },
    { enabled: 2 },
    refused,
    good,
    new Error("request 3 failed"),
    refused,
    good,
  ];
  source.answer = good;
  await keeper.start();
  lines.length = 0;
  for (const answer of answers) {
    source.answer = answer;
    await clock.advance(60_000);
  }
  expect(heard).toEqual([
    "failed connect 10.0.0.1:5432",
    "failed request 1 failed",
    "failed scripted: enabled must be true or false, got 1",
    "failed scripted: enabled must be true or false, got 2",
    "recovered connect 10.0.0.1:5432",
    "failed request 3 failed",
    "failed connect 10.0.0.1:5432",
    "recovered connect 10.0.0.1:5432",
  ]);
  expect(lines.map((line) => line.split(" ")[0]).join(" ")).toBe(
    "warn warn warn warn info warn warn info",
  );
});

it("takes a source that fails at first for no reason to stop", async () => {
  const lines = listenToDiag();
  const source = scriptedSource(new Error("not yet"));
  const { keeper, clock } = keeperOf(source);
  expect(await keeper.start()).toEqual(DEFAULT_SETTINGS);
  expect(keeper.error).toMatchObject({ message: "not yet", problems: [], sinceMs: STARTED });
  expect(lines).toHaveLength(1);
  source.answer = good;
  await clock.advance(60_000);
  expect(keeper.current.flushIntervalMs).toBe(7_000);
  expect(keeper.error).toBeUndefined();
});

it("waits for a source no longer than its time, and asks it again later", async () => {
  const signals: AbortSignal[] = [];
  const { keeper, clock } = keeperOf({
    name: "hung",
    load({ signal }) {
      signals.push(signal);
      return new Promise(() => {});
    },
  });
  let first: unknown;
  void keeper.start().then((settings) => (first = settings));
  await clock.advance(4_999);
  expect(first).toBeUndefined();
  expect(signals[0]!.aborted).toBe(false);
  await clock.advance(1);
  expect(first).toEqual(DEFAULT_SETTINGS);
  expect(signals[0]!.aborted).toBe(true);
  expect(keeper.error).toMatchObject({
    message: "Loading the settings of hung took longer than 5000 ms",
  });
  await clock.advance(59_999);
  expect(signals).toHaveLength(1);
  await clock.advance(1);
  expect(signals).toHaveLength(2);
});

it("takes nothing of an answer that comes too late", async () => {
  const { promise, resolve } = Promise.withResolvers();
  const source = scriptedSource(promise);
  const { keeper, clock } = keeperOf(source);
  const changes = changesOf(keeper);
  void keeper.start();
  await clock.advance(5_000);
  expect(keeper.error).toBeDefined();
  resolve({ enabled: false });
  await clock.advance(1_000);
  expect(keeper.current).toEqual(DEFAULT_SETTINGS);
  expect(changes).toEqual([]);
  expect(keeper.error).toBeDefined();
});

it("takes what comes slowly but in time", async () => {
  const { promise, resolve } = Promise.withResolvers();
  const source = scriptedSource(promise);
  const { keeper, clock } = keeperOf(source);
  void keeper.start();
  await clock.advance(4_999);
  resolve(good);
  await clock.advance(0);
  expect(keeper.current.flushIntervalMs).toBe(7_000);
});

it.each<[string, () => unknown]>([
  [
    "throws at once",
    () => {
      throw new Error("broken");
    },
  ],
  [
    "throws nothing that is an error",
    () => {
      throw undefined;
    },
  ],
  ["rejects with a text", () => Promise.reject("broken")],
  ["answers at once, without a promise", () => 5],
  ["answers nothing", async () => undefined],
  ["answers a list", async () => []],
  [
    "answers what throws when it is read",
    async () =>
      new Proxy(
        {},
        {
          ownKeys() {
            throw new Error("x");
          },
        },
      ),
  ],
  [
    "answers a thenable that throws",
    () => ({
      then() {
        throw new Error("thenable");
      },
    }),
  ],
])("survives a source that %s", async (_, load) => {
  const { keeper, clock, heard } = keeperOf({ name: "odd", load: load as SettingsSource["load"] });
  await keeper.start();
  await clock.advance(120_000);
  expect(keeper.current).toEqual(DEFAULT_SETTINGS);
  expect(keeper.error?.source).toBe("odd");
  expect(heard).toHaveLength(1);
});

it("survives a source that says without end that it changed", async () => {
  let loads = 0;
  let changed = (): void => {};
  const { keeper, clock } = keeperOf({
    name: "chatty",
    async load() {
      loads += 1;
      changed();
      return good;
    },
    watch(callback) {
      changed = callback;
      callback();
      return () => {};
    },
  });
  void keeper.start();
  await clock.advance(10_000);
  // One each 50 ms, and no more however often it says so.
  expect(loads).toBeGreaterThan(100);
  expect(loads).toBeLessThanOrEqual(202);
});

it("has settings that someone gave, whole, whatever sources answer and when", async () => {
  const value = fc.oneof(
    fc.record(
      {
        enabled: fc.boolean(),
        flushIntervalMs: fc.constantFrom(1_000, 2_000, 999),
        flushTimeoutMs: fc.constantFrom(100, 200, 99),
        metrics: fc.dictionary(
          fc.constantFrom("a", "b", "9"),
          fc.record({ enabled: fc.boolean() }),
        ),
      },
      { requiredKeys: [] },
    ),
    fc.jsonValue(),
  );
  const step = fc.oneof(
    fc.record({ kind: fc.constant("answer" as const), value }),
    fc.record({ kind: fc.constant("fail" as const) }),
    fc.record({ kind: fc.constant("hang" as const) }),
    fc.record({ kind: fc.constant("change" as const) }),
    fc.record({ kind: fc.constant("refresh" as const) }),
    fc.record({ kind: fc.constant("restart" as const) }),
    fc.record({ kind: fc.constant("wait" as const), ms: fc.constantFrom(1, 60, 5_000, 60_000) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const source = scriptedSource();
      const { keeper, clock } = keeperOf(source);
      // Every object that would be right, by what it makes of the defaults; the empty one at least.
      const possible = new Set([JSON.stringify(DEFAULT_SETTINGS)]);
      // What the keeper would take for the source's or the listener's own trouble is kept for later.
      const seen = { applied: new Set<string>(), mostAtOnce: 0 };
      const load = source.load.bind(source);
      const underWay = new Set<AbortSignal>();
      source.load = async (call) => {
        underWay.add(call.signal);
        // Those that were given up do not count.
        const atOnce = [...underWay].filter(({ aborted }) => !aborted).length;
        seen.mostAtOnce = Math.max(seen.mostAtOnce, atOnce);
        return load(call).finally(() => underWay.delete(call.signal));
      };
      keeper.on("applied", (settings) => seen.applied.add(JSON.stringify(settings)));
      void keeper.start();
      for (const action of steps) {
        if (action.kind === "answer") {
          source.answer = action.value;
          const parsed = parseSettings(action.value, "");
          if (parsed.ok) {
            const { metrics = {}, ...rest } = parsed.settings;
            possible.add(JSON.stringify({ ...DEFAULT_SETTINGS, ...rest, metrics }));
          }
        } else if (action.kind === "fail") source.answer = new Error("down");
        else if (action.kind === "hang") source.answer = new Promise(() => {});
        else if (action.kind === "change") source.changed?.();
        else if (action.kind === "refresh") keeper.refreshIfStale();
        else if (action.kind === "wait") await clock.advance(action.ms);
        else {
          keeper.stop();
          void keeper.start();
        }
        expect(possible).toContain(JSON.stringify(keeper.current));
      }
      // Whatever happened: a good answer is in effect a minute and a time limit later.
      source.answer = { flushTimeoutMs: 444 };
      await clock.advance(65_000);
      expect(keeper.current).toEqual({ ...DEFAULT_SETTINGS, flushTimeoutMs: 444 });
      expect(keeper.error).toBeUndefined();
      for (const settings of seen.applied) {
        if (!settings.includes("444")) expect(possible).toContain(settings);
      }
      expect(seen.mostAtOnce).toBe(1);
      keeper.stop();
      expect(clock.pending).toBe(0);
    }),
    { numRuns: 200 },
  );
});
