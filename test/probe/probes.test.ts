import { describe, expect, it } from "vitest";
import { Health } from "../../src/health/index.ts";
import {
  createProbes,
  ProbeError,
  type ProbeOptions,
  type TargetResult,
} from "../../src/probe/index.ts";
import { stallingClock } from "../check/harness.ts";
import { collector } from "./stats/harness.ts";
import { after, fakeProbe, setup } from "./harness.ts";

const fail = (): never => {
  throw new ProbeError("connection_refused", "nobody is there");
};

/** Runs by target and outcome. */
function outcomes({ rows }: ReturnType<typeof setup>): Record<string, number> {
  const labels = ["health.probe.target", "health.probe.outcome", "error.type"] as const;
  return Object.fromEntries(
    rows("health.probe.runs").map(({ attributes, value }) => [
      labels.flatMap((label) => attributes[label] ?? []).join(" "),
      value,
    ]),
  );
}

function skips({ rows }: ReturnType<typeof setup>): Record<string, number> {
  return Object.fromEntries(
    rows("health.probe.skipped").map(({ attributes, value }) => [
      String(attributes["health.probe.reason"]),
      value,
    ]),
  );
}

describe("a schedule", () => {
  it("runs each target on a grid of its own, whose phase its name gives", async () => {
    const at = async (): Promise<Record<string, number[]>> => {
      const { add, clock, probe } = setup();
      const times: Record<string, number[]> = {};
      probe.answer = ({ name }) => {
        (times[name] ??= []).push(Math.round(clock.now()));
        return { success: true };
      };
      add({ spread: true, targets: Array.from({ length: 20 }, (_, index) => `t${index}`) });
      await clock.advance(5_000);
      return times;
    };
    const times = await at();
    const phases = Object.values(times).map(([first, ...rest]) => {
      expect(rest).toEqual([1, 2, 3, 4].slice(0, rest.length).map((n) => first! + n * 1_000));
      return first!;
    });
    // Spread over the whole second, and the same in every process.
    expect(Math.min(...phases)).toBeLessThan(200);
    expect(Math.max(...phases)).toBeGreaterThan(800);
    expect(await at()).toEqual(times);
  });

  it("never runs a target twice at one time, and counts the runs that it leaves out", async () => {
    const context = setup();
    const { add, clock, probe } = context;
    probe.answer = () => after(clock, 450);
    add({ intervalMs: 200, timeoutMs: 200, killTimeoutMs: 5_000 });
    await clock.advance(2_000);
    expect(probe.most).toBe(1);
    expect(skips(context)).toMatchObject({ overlap: expect.any(Number) });
  });

  it("measures how late runs begin", async () => {
    const { add, clock, rows } = setup();
    add();
    await clock.advance(2_500);
    expect(rows("health.probe.schedule.delay")).toMatchObject([{ value: 3, sum: 0 }]);
  });

  it("runs at other intervals on the way down, and while the target is down", async () => {
    const { add, clock, probe } = setup();
    const times: number[] = [];
    probe.answer = () => {
      times.push(clock.now());
      return times.length === 1 ? { success: true } : fail();
    };
    add({
      intervalMs: 1_000,
      failingIntervalMs: 200,
      downIntervalMs: 500,
      timeoutMs: 100,
      fall: 3,
    });
    await clock.advance(2_500);
    expect(times).toEqual([0, 1_000, 1_200, 1_400, 1_500, 2_000, 2_500]);
  });

  it("holds to windows of the week in their time zone, and counts what it leaves out", async () => {
    // The manual clock begins on Thursday, 1 January 2026, 0:00 UTC: 1:00 in Berlin.
    const context = setup();
    const { add, clock, probe, states, probes } = context;
    const berlin = { timeZone: "Europe/Berlin" };
    add({
      intervalMs: 60_000,
      schedule: {
        enable: [{ days: ["thu"], from: "01:02", to: "01:06", ...berlin }],
        disable: [{ from: "01:04", to: "01:05", ...berlin }],
      },
    });
    await clock.advance(8 * 60_000);
    expect(probe.calls).toHaveLength(3);
    expect(skips(context)).toEqual({ schedule: 6 });
    expect(states()).toEqual({ a: "paused" });
    // On demand it runs at any time.
    await probes.run("p");
    expect(probe.calls).toHaveLength(4);
  });
});

describe("limits", () => {
  it("runs no more at one time than the probe and all probes may", async () => {
    const { add, clock, probe } = setup({ concurrency: 3 });
    const other = fakeProbe();
    for (const each of [probe, other]) each.answer = () => after(clock, 100);
    const targets = Array.from({ length: 8 }, (_, index) => `t${index}`);
    add({ targets, concurrency: 2 });
    add({ name: "q", probe: other, targets });
    await clock.advance(50);
    expect([probe.underWay, other.underWay]).toEqual([2, 1]);
    await clock.advance(700);
    expect([probe.most, other.most]).toEqual([2, 3]);
    expect([probe.calls.length, other.calls.length]).toEqual([8, 8]);
  });

  it("says that it was for want of a slot where runs were left out for that", async () => {
    const context = setup({ concurrency: 1 });
    const { add, clock, probe } = context;
    probe.answer = () => after(clock, 450);
    add({ targets: ["a", "b", "c", "d"] });
    await clock.advance(5_000);
    expect(skips(context)).toMatchObject({ concurrency: expect.any(Number) });
  });
});

describe("a result", () => {
  it("is counted by outcome, and says where the target stands", async () => {
    const context = setup();
    const { add, clock, probe, probes, states } = context;
    add({ targets: ["a", "b"], fall: 2 });
    probe.answer = ({ name }) => (name === "b" ? fail() : { success: true, latencyMs: 5 });
    await clock.advance(0);
    expect(states()).toEqual({ a: "pass", b: "fail" });
    await clock.advance(1_000);
    expect(outcomes(context)).toEqual({ "a pass": 2, "b fail connection_refused": 2 });
    expect(probes.results("p")).toMatchObject([
      { outcome: "pass", consecutiveFailures: 0, result: { latencyMs: 5 } },
      { outcome: "fail", consecutiveFailures: 2, error: { message: "nobody is there" } },
    ]);
  });

  it("changes the state as rise, fall and windows say", async () => {
    const { add, clock, probe, states } = setup();
    add({ fall: 3, rise: 2 });
    await clock.advance(0);
    const seen: string[] = [];
    for (const passes of [false, false, false, true, true]) {
      probe.answer = () => (passes ? { success: true } : fail());
      await clock.advance(1_000);
      seen.push(states()["a"]!);
    }
    expect(seen).toEqual(["pass", "pass", "fail", "fail", "pass"]);
  });

  it("is a timeout where the probe does not answer in time, whatever it does with its signal", async () => {
    const context = setup();
    const { add, clock, probe } = context;
    probe.answer = () => new Promise(() => undefined);
    add({ killTimeoutMs: 100 });
    await clock.advance(600);
    expect(outcomes(context)).toEqual({ "a fail timeout": 1 });
  });

  it("is a failure for whatever else a probe does", async () => {
    const context = setup();
    const { add, clock, probe } = context;
    add();
    await clock.advance(0);
    for (const answer of [
      () => undefined,
      () => ({ success: "yes" }),
      () => {
        throw "text";
      },
    ] as unknown as (typeof probe.answer)[]) {
      probe.answer = answer;
      await clock.advance(1_000);
    }
    expect(outcomes(context)).toEqual({ "a pass": 1, "a fail _OTHER": 3 });
  });

  it("counts each request of a run, and fails where one does", async () => {
    const context = setup();
    const { add, clock, probe, states } = context;
    let request = 0;
    probe.answer = () => (++request % 3 === 0 ? fail() : { success: true });
    add({ requestsPerProbe: 3 });
    await clock.advance(0);
    expect(probe.most).toBe(3);
    expect(outcomes(context)).toEqual({ "a pass": 2, "a fail connection_refused": 1 });
    expect(states()).toEqual({ a: "fail" });
  });

  it("is unknown, and never slow, where our own event loop stood still", async () => {
    const clock = stallingClock();
    const probes = createProbes({ clock });
    const probe = fakeProbe();
    const { byTarget, rows } = collector(probes.registry);
    probes.add({
      name: "p",
      probe,
      targets: ["a"],
      intervalMs: 10_000,
      timeoutMs: 1_000,
      spread: false,
    });
    probe.answer = () => after(clock, 200);
    await clock.advance(0);
    clock.stall(900);
    await clock.advance(300);
    // It did answer, but not after so long.
    expect(byTarget("health.probe.runs")).toEqual({ a: 1 });
    expect(rows("health.probe.duration")).toEqual([]);
    probe.answer = async () => {
      await after(clock, 200);
      return fail();
    };
    await clock.advance(8_850);
    clock.stall(900);
    await clock.advance(300);
    const found = rows("health.probe.runs").map(
      ({ attributes }) => attributes["health.probe.outcome"],
    );
    expect(found).toEqual(["pass", "unknown"]);
    expect(probes.results()).toMatchObject([{ state: "pass", outcome: "unknown" }]);
  });

  it("is turned round for a target that is to fail, which has no latency", async () => {
    const context = setup();
    const { add, clock, probe, rows } = context;
    add({ negative: true });
    probe.answer = fail;
    await clock.advance(0);
    probe.answer = () => ({ success: true, latencyMs: 7 });
    await clock.advance(1_000);
    probe.answer = () => new Promise(() => undefined);
    await clock.advance(1_600);
    expect(outcomes(context)).toEqual({ "a pass": 2, "a fail unexpected_success": 1 });
    expect(rows("health.probe.duration")).toEqual([]);
  });

  it("is told to listeners, and a change of state once", async () => {
    const { add, clock, probe, probes } = setup();
    const results: TargetResult[] = [];
    const states: string[] = [];
    probes.on("result", (result) => results.push(result));
    probes.on("state", ({ before, result }) => states.push(`${before} ${result.state}`));
    add();
    await clock.advance(1_000);
    probe.answer = fail;
    await clock.advance(2_000);
    expect(results.map(({ outcome }) => outcome)).toEqual(["pass", "pass", "fail", "fail"]);
    expect(states).toEqual(["unknown pass", "pass fail"]);
  });
});

describe("targets", () => {
  it("come and go with the list, and their metrics with them", async () => {
    const context = setup();
    const { add, clock, probe, probes, byTarget, states } = context;
    let list = ["a", "b"];
    add({ targets: () => list, targetsRefreshMs: 1_000 });
    await clock.advance(0);
    expect(byTarget("health.probe.runs")).toEqual({ a: 1, b: 1 });
    list = ["b", "c"];
    await probes.refreshTargets("p");
    await clock.advance(10);
    expect(states()).toEqual({ b: "pass", c: "pass" });
    expect(byTarget("health.probe.runs")).toEqual({ b: 1, c: 1 });
    expect(byTarget("health.probe.status")).toEqual({ b: 1, c: 1 });
    expect(probe.closed).toEqual(["a"]);
    list = ["a"];
    await probes.refreshTargets("p");
    await clock.advance(10);
    expect(byTarget("health.probe.runs")).toEqual({ a: 2 });
    expect(byTarget("health.probe.status")).toEqual({ a: 1 });
  });

  it("that the probe refuses are refused when it is added", () => {
    const { add, probe } = setup();
    const accepts = (): never => fail();
    expect(() => add({ probe: { ...probe, accepts } })).toThrow("nobody is there");
    expect(() => add()).not.toThrow();
  });

  it("that are listed twice are probed once", async () => {
    const { add, clock, probe } = setup();
    add({ targets: ["a", "a"] });
    await clock.advance(0);
    expect(probe.calls).toEqual(["a"]);
  });
});

describe("by hand", () => {
  it("runs now, for all targets or one; callers share a run that is under way", async () => {
    const { add, clock, probe, probes } = setup();
    add({ targets: ["a", "b"], spread: true, intervalMs: 3_600_000 });
    probe.answer = () => after(clock, 100);
    const [both, one] = [probes.run("p"), probes.run("p", "b")];
    await clock.advance(100);
    expect((await both).map(({ target }) => target.name)).toEqual(["a", "b"]);
    expect((await one).map(({ outcome }) => outcome)).toEqual(["pass"]);
    expect(probe.calls.toSorted()).toEqual(["a", "b"]);
  });

  it("pauses and resumes, and keeps what was counted", async () => {
    const context = setup();
    const { add, clock, probe, probes, states, rows } = context;
    add();
    await clock.advance(0);
    probes.pause("p");
    probes.pause("p");
    await clock.advance(5_000);
    expect(probe.calls).toHaveLength(1);
    expect(states()).toEqual({ a: "paused" });
    await expect(probes.run("p")).rejects.toMatchObject({ code: "ERR_TASKMON_PROBE_NOT_RUNNING" });
    expect(outcomes(context)).toEqual({ "a pass": 1 });
    const shown = rows("health.probe.status").map(({ attributes, value }) => [
      ...[attributes["health.probe.state"], value],
    ]);
    expect(shown).toEqual([
      ["pass", 0],
      ["paused", 1],
    ]);
    probes.resume("p");
    await clock.advance(0);
    expect(states()).toEqual({ a: "pass" });
    expect(outcomes(context)).toEqual({ "a pass": 2 });
  });

  it("removes a probe, and all that was seen of it", async () => {
    const { add, clock, probe, probes, rows } = setup();
    add();
    await clock.advance(0);
    expect(rows()).not.toEqual([]);
    expect([probes.remove("p"), probes.remove("p")]).toEqual([true, false]);
    expect(rows()).toEqual([]);
    expect(probe.closed).toEqual([undefined]);
    expect(clock.pending).toBe(0);
    expect(() => probes.results("p")).toThrow(
      expect.objectContaining({ code: "ERR_TASKMON_PROBE_NOT_FOUND" }),
    );
  });

  it("stops everything, and starts it again", async () => {
    const { add, clock, probe, probes } = setup();
    add();
    await clock.advance(0);
    await probes.stop();
    expect(clock.pending).toBe(0);
    await clock.advance(5_000);
    expect(probe.calls).toHaveLength(1);
    probes.start();
    await clock.advance(0);
    expect(probe.calls).toHaveLength(2);
  });
});

describe("alerts", () => {
  it("are not for a target under maintenance, which is measured all the same", async () => {
    const context = setup();
    const { add, clock, probe, states } = context;
    probe.answer = fail;
    add({ intervalMs: 60_000, maintenance: [{ from: "00:00", to: "00:02" }] });
    await clock.advance(60_000);
    expect(states()).toEqual({ a: "maintenance" });
    expect(outcomes(context)).toEqual({ "a fail connection_refused": 2 });
    await clock.advance(60_000);
    expect(states()).toEqual({ a: "fail" });
  });

  it("are not for what another probe's failure explains, which is measured all the same", async () => {
    const context = setup();
    const { add, clock, probe, probes, byTarget, rows } = context;
    const router = fakeProbe();
    add({ name: "router", probe: router, targets: ["gateway"] });
    add({ name: "site", targets: ["behind"], dependsOn: ["router"] });
    await clock.advance(500);
    const state = (name: string) => probes.results(name).map((result) => result.state)[0];
    probe.answer = fail;
    await clock.advance(1_000);
    expect(state("site")).toBe("fail");
    router.answer = fail;
    await clock.advance(1_000);
    expect(state("site")).toBe("explained");
    expect(probes.results("site")[0]).toMatchObject({ status: "fail", explainedBy: "router" });
    expect(byTarget("health.probe.runs")).toEqual({ gateway: 3, behind: 3 });
    const explained = rows("health.probe.status")
      .filter(({ value }) => value === 1)
      .map(({ attributes }) => attributes["health.probe.state"]);
    expect(new Set(explained)).toEqual(new Set(["explained", "fail"]));
    router.answer = () => ({ success: true });
    await clock.advance(1_000);
    expect(state("site")).toBe("fail");
  });
});

describe("behind health", () => {
  it("answers what the probe last found, without probing again", async () => {
    const { add, clock, probe, probes } = setup();
    const health = new Health({ clock, seed: 1 });
    add({ targets: ["a", "b"], spread: true, intervalMs: 600_000 });
    health.register("site", probes.check("p"), { jitter: 0, intervalMs: 1_000 });
    health.register("some", probes.check("p", "any"), { jitter: 0, intervalMs: 1_000 });
    await clock.advance(1);
    // Nothing was known yet, and so it was probed.
    expect(health.status("readiness").status).toBe("pass");
    expect(probe.calls.toSorted()).toEqual(["a", "b"]);
    probe.answer = ({ name }) => (name === "b" ? fail() : { success: true });
    await probes.run("p");
    await clock.advance(1_000);
    expect(health.result("site")).toMatchObject({ state: "fail", message: "b: nobody is there" });
    expect(health.result("some")).toMatchObject({ state: "warn", message: "b: nobody is there" });
    expect(health.status("readiness").status).toBe("fail");
    expect(probe.calls).toHaveLength(4);
  });

  it("refuses liveness, since a restart does not mend what is remote", () => {
    const { add, probes } = setup();
    add();
    const health = new Health();
    expect(() =>
      health.register("site", probes.check("p"), { groups: ["liveness"] } as never),
    ).toThrow(expect.objectContaining({ code: "ERR_TASKMON_INVALID_OPTION" }));
  });
});

it.each<[string, Partial<ProbeOptions>]>([
  ["a timeout that is longer than the interval", { timeoutMs: 2_000 }],
  ["no probe", { probe: {} as never }],
  ["a type that is none", { probe: { type: "X Y", run: fail } }],
  ["no targets", { targets: undefined as never }],
  ["a target that is none", { targets: ["a b/c"] }],
  ["too many targets", { targets: ["a", "b"], maxTargets: 1 }],
  ["a day that is none", { schedule: { enable: [{ days: ["someday" as never] }] } }],
  ["a time that is none", { maintenance: [{ from: "25:00" }] }],
  ["a time zone that is none", { maintenance: [{ timeZone: "Mars/Olympus" }] }],
  ["a probe that depends on itself", { dependsOn: ["p"] }],
  ["an unknown option", { interval: 5 } as never],
])("refuses %s", (_, options) => {
  const { add, rows, probes } = setup();
  expect(() => add(options)).toThrow(
    expect.objectContaining({ code: "ERR_TASKMON_INVALID_OPTION" }),
  );
  expect([probes.names(), rows()]).toEqual([[], []]);
});

it("refuses a name twice, and probes that explain each other", () => {
  const { add } = setup();
  add({ dependsOn: ["q"] });
  expect(() => add()).toThrow(expect.objectContaining({ code: "ERR_TASKMON_PROBE_ALREADY_ADDED" }));
  add({ name: "r", dependsOn: ["p"] });
  expect(() => add({ name: "q", dependsOn: ["r"] })).toThrow(
    expect.objectContaining({ code: "ERR_TASKMON_INVALID_OPTION" }),
  );
});
