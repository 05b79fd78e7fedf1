import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { goDurationMs } from "../../../src/monitor/config/go-duration.ts";
import { parseMonitors, SpecFileError } from "../../../src/monitor/config/index.ts";
import type { MonitorEntry } from "../../../src/monitor/config/index.ts";
import { triggerOf } from "../../../src/monitor/options.ts";
import { stage } from "../triggers/harness.ts";

const read = (value: unknown, file = "pullcord.json"): readonly MonitorEntry[] =>
  parseMonitors({ text: JSON.stringify(value, null, 1), file });

function problems(value: unknown): string[] {
  try {
    read(value);
  } catch (error) {
    if (error instanceof SpecFileError) return error.message.split("\n").slice(1);
    throw error;
  }
  return [];
}

const shell = (Command: string, ...Args: string[]) => ({
  ...{ type: "shelltrigger", data: { Command, Args } },
});
const service = { URL: "http://127.0.0.1:80", GracePeriod: "1s" };

describe("pullcord's JSON", () => {
  it("is read as it is, in a whole configuration", () => {
    const entries = read({
      resources: {
        listener: { type: "basiclistener", data: { proto: "tcp", laddr: ":8080" } },
        wake: shell("wake", "wiki"),
        wiki: {
          type: "minmonitorredservice",
          data: {
            ...service,
            GracePeriod: "1m30s",
            OnDown: {
              type: "compoundtrigger",
              data: {
                Triggers: [
                  {
                    type: "ratelimittrigger",
                    data: {
                      GuardedTrigger: { type: "ref", data: "wake" },
                      ...{ MaxAllowed: 1, Period: "1m" },
                    },
                  },
                ],
              },
            },
            OnUp: null,
            Always: {
              type: "delaytrigger",
              data: { DelayedTrigger: shell("sleep"), Delay: "30m" },
            },
          },
        },
        router: {
          type: "exactpathrouter",
          data: { "/mail": { type: "minmonitorredservice", data: service } },
        },
      },
      server: { type: "ref", data: "listener" },
    });
    expect(entries.map(({ name, options }) => [name, options.url, options.graceMs])).toEqual([
      ["wiki", "http://127.0.0.1:80", 90_000],
      ["router./mail", "http://127.0.0.1:80", 1_000],
    ]);
    const { onUp, onDown, always } = entries[0]!.options;
    expect([onUp, typeof onDown, typeof always]).toEqual([undefined, "object", "object"]);
    expect(entries[0]!.options.floorMs).toBeUndefined();
  });

  it("may be one service, under the file's name, or one resource", () => {
    expect(read(service, "/etc/wiki.json")[0]?.name).toBe("wiki");
    const resource = { type: "minmonitorredservice", data: service };
    expect(read(resource, "/etc/mail.json")[0]?.name).toBe("mail");
  });

  it("takes keys in any case, and passes over those that it does not know", () => {
    const [entry] = read({ url: "http://a", GRACEPERIOD: "500ms", gracePeriodd: 7, Comment: "x" });
    expect(entry?.options).toMatchObject({ url: "http://a", graceMs: 500 });
  });

  it("fires its triggers, where pullcord's compound would have crashed", async () => {
    const [entry] = read({
      ...service,
      OnDown: {
        type: "compoundtrigger",
        data: { Triggers: [shell("true"), shell("false"), shell("true")] },
      },
    });
    const fired = stage().fire(triggerOf("onDown", entry!.options.onDown!));
    await expect(fired).rejects.toThrow("false ended with exit code 1");
  });

  it("lets all who refer to one trigger share its limit", async () => {
    const limited = (of: object) => ({
      type: "ratelimittrigger",
      data: { GuardedTrigger: of, MaxAllowed: 1, Period: "1h" },
    });
    const on = { type: "ref", data: "limited" };
    const data = { ...service, OnDown: on };
    const [a, b] = read({
      resources: {
        a: { type: "minmonitorredservice", data },
        b: { type: "minmonitorredservice", data },
        limited: limited(shell("true")),
      },
    });
    const { fire } = stage();
    expect(await fire(triggerOf("a", a!.options.onDown!))).toBeUndefined();
    expect(await fire(triggerOf("b", b!.options.onDown!))).toBe("limited");
  });

  it("puts a trigger of Always into Always", () => {
    const [entry] = read({ ...service, Always: shell("true") });
    expect(entry?.options.always).toBeDefined();
    expect(entry?.options.onDown).toBeUndefined();
  });

  it("probes each time with a grace that is not more than nothing", () => {
    expect(read({ ...service, GracePeriod: "-5s" })[0]?.options.graceMs).toBe(0);
    expect(read({ ...service, GracePeriod: "0" })[0]?.options.graceMs).toBe(0);
  });

  it.each<[string, unknown, string]>([
    [
      "no GracePeriod",
      { type: "minmonitorredservice", data: { URL: "http://a" } },
      "3:10: GracePeriod must be a duration such as 1m30s, got undefined",
    ],
    [
      "a GracePeriod that is none",
      { ...service, GracePeriod: "soon" },
      '3:17: GracePeriod must be a duration such as 1m30s, got "soon"',
    ],
    ["no URL", { GracePeriod: "1s" }, "1:1: the key URL is missing"],
    ["a URL that is none", { ...service, URL: "a b" }, '2:9: url must be a URL, got "a b"'],
    [
      "a resource that is no trigger",
      { ...service, OnDown: { type: "landingfilter", data: {} } },
      '5:11: OnDown must be a trigger, got "landingfilter"; known are compoundtrigger',
    ],
    [
      "a trigger without a type",
      { ...service, OnUp: {} },
      "4:10: OnUp must be a trigger, got undefined",
    ],
    [
      "pullcord's stub",
      { ...service, OnDown: { type: "sqstrigger", data: {} } },
      '5:11: OnDown must be a trigger, got "sqstrigger"',
    ],
    [
      "a reference to nothing",
      { ...service, OnDown: { type: "ref", data: "gone" } },
      '6:11: there is no resource "gone"',
    ],
    [
      "a null in a compound",
      { ...service, OnDown: { type: "compoundtrigger", data: { Triggers: [null] } } },
      "8:5: OnDown must be a trigger, got null",
    ],
    [
      "a delay that is none",
      {
        ...service,
        OnDown: { type: "delaytrigger", data: { DelayedTrigger: shell("x"), Delay: 5 } },
      },
      "Delay must be a duration such as 1m30s, got 5",
    ],
    [
      "a limit that is none",
      {
        ...service,
        OnDown: {
          type: "ratelimittrigger",
          data: { GuardedTrigger: shell("x"), MaxAllowed: -1, Period: "1s" },
        },
      },
      "rateLimit.max must be a number from 0",
    ],
    ["a command that is none", { ...service, OnDown: shell("") }, "exec.command must be a text"],
  ])("is refused with %s, by path and line", (_, value, problem) => {
    expect(problems(value)[0]).toContain(problem);
  });

  it("is refused where resources refer to each other in a circle", () => {
    const found = problems({
      resources: {
        wiki: {
          type: "minmonitorredservice",
          data: { ...service, OnDown: { type: "ref", data: "a" } },
        },
        a: { type: "compoundtrigger", data: { Triggers: [{ type: "ref", data: "a" }] } },
      },
    });
    expect(found).toContainEqual(expect.stringContaining('the resource "a" refers to itself'));
  });
});

describe("a duration of Go", () => {
  it.each([
    ["1s", 1_000],
    ["1m30s", 90_000],
    ["1.5h", 5_400_000],
    ["100ms", 100],
    ["2us", 0.002],
    ["2µs", 0.002],
    [".5s", 500],
    ["1.s", 1_000],
    ["-1m", -60_000],
    ["+1m", 60_000],
    ["0", 0],
  ])("%s is %d ms", (text, ms) => expect(goDurationMs(text)).toBeCloseTo(ms, 9));

  it.each(["", "1", "s", "1 s", "1d", "-", "1s ", ".s", "--1s", "1s-", 5, null])(
    "%j is none",
    (text) => expect(goDurationMs(text)).toBeUndefined(),
  );

  it("is never NaN, whatever it is read from", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[-+0-9.nuµmsh]{0,12}$/u), (text) => {
        expect(goDurationMs(text)).not.toBeNaN();
      }),
    );
  });
});

it("never throws anything but a SpecFileError, whatever the JSON says", () => {
  const trigger = fc.letrec((tie) => ({
    any: fc.oneof(
      { maxDepth: 3 },
      fc.jsonValue({ maxDepth: 1 }),
      fc.record({
        type: fc.constantFrom(
          ...(["compoundtrigger", "ratelimittrigger", "delaytrigger"] as const),
          ...(["shelltrigger", "ref", "minmonitorredservice"] as const),
        ),
        data: fc.oneof(
          fc.constantFrom("a", "b"),
          fc.dictionary(
            fc.constantFrom("Triggers", "GuardedTrigger", "DelayedTrigger", "Delay", "Command"),
            fc.oneof(tie("any"), fc.array(tie("any"), { maxLength: 2 }), fc.constant("1s")),
          ),
        ),
      }),
    ),
  })).any;
  fc.assert(
    fc.property(trigger, trigger, fc.jsonValue(), (a, b, grace) => {
      const wiki = {
        type: "minmonitorredservice",
        data: { URL: "http://a", GracePeriod: grace, OnDown: a },
      };
      problems({ resources: { a, b, wiki } });
    }),
    { numRuns: 150 },
  );
});
