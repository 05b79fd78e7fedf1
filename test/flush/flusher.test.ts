import { context, createContextKey, ROOT_CONTEXT } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { describe, expect, it, onTestFinished } from "vitest";
import type { FlushOutcome } from "../../src/flush/flusher.ts";
import { manualClock } from "../../src/testing/manual-clock.ts";
import { pending, subject } from "./subject.ts";

describe("the order of a flush", () => {
  it("is settings, the allocator, the export", async () => {
    const calls: string[] = [];
    const note = (name: string) => async () => void calls.push(name);
    const { flusher } = subject({
      refreshSettings: note("settings"),
      prepare: async () => (calls.push("prepare"), "held"),
      flush: note("flush"),
    });
    expect(await flusher.ifDue()).toBe("flushed");
    expect(calls).toEqual(["settings", "prepare", "flush"]);
  });

  it("goes on with the settings that there are, where they cannot be read again", async () => {
    const { flusher, said } = subject({
      refreshSettings: () => Promise.reject(new Error("no file")),
    });
    expect(await flusher.ifDue()).toBe("flushed");
    expect(said).toEqual([expect.stringContaining("The settings could not be read")]);
  });

  it("ends where the settings that were read again say off", async () => {
    const { flusher, settings, calls } = subject({
      refreshSettings: () => (settings.enabled = false),
    });
    expect(await flusher.ifDue()).toBe("off");
    expect(calls).toEqual([]);
    settings.enabled = true;
    expect(flusher.isDue).toBe(true);
  });

  it.each(["no_number", "failed"] as const)("exports nothing where there is %s", async (answer) => {
    const calls: string[] = [];
    const { flusher } = subject({
      prepare: async () => answer,
      flush: async () => void calls.push("flush"),
    });
    expect(await flusher.ifDue()).toBe(answer);
    expect(calls).toEqual([]);
  });

  it("exports where exports go on without a number", async () => {
    const { flusher, calls } = subject({ prepare: async () => "unnumbered" });
    expect(await flusher.ifDue()).toBe("flushed");
    expect(calls).toEqual(["flush"]);
  });

  it("is outside the request's trace", async () => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    onTestFinished(() => context.disable());
    const key = createContextKey("of the request");
    const seen: unknown[] = [];
    const look = async (): Promise<"held"> => (seen.push(context.active().getValue(key)), "held");
    const { flusher } = subject({ prepare: look, flush: look });
    await context.with(ROOT_CONTEXT.setValue(key, "here"), () => flusher.ifDue());
    expect(seen).toEqual([undefined, undefined]);
  });
});

describe("which request flushes", () => {
  it("is one that comes when it is due, and no other", async () => {
    const { flusher, clock, calls } = subject();
    expect(flusher.isDue).toBe(true);
    expect(await flusher.ifDue()).toBe("flushed");
    expect(flusher.isDue).toBe(false);
    expect(await flusher.ifDue()).toBe("not_due");
    await clock.advance(59_899);
    expect(await flusher.ifDue()).toBe("not_due");
    await clock.advance(1);
    expect(flusher.isDue).toBe(true);
    expect(await flusher.ifDue()).toBe("flushed");
    expect(calls).toEqual(["prepare", "flush", "prepare", "flush"]);
  });

  it("is one, where many come at the same moment", async () => {
    const { flusher, calls } = subject();
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => flusher.ifDue()));
    expect(outcomes.filter((outcome) => outcome === "flushed")).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === "under_way")).toHaveLength(49);
    expect(calls).toEqual(["prepare", "flush"]);
  });

  it("needs no timer: there is none between flushes", async () => {
    const { flusher, clock } = subject();
    await flusher.ifDue();
    expect(clock.pending).toBe(0);
  });

  it("is asked by a cheap clock first, where there is one", async () => {
    const clock = manualClock();
    let asked = 0;
    let ahead = 0;
    const { flusher } = subject({
      clock: {
        ...clock,
        now: () => (asked++, clock.now()),
        estimate: () => clock.now() + ahead,
      },
    });
    await flusher.ifDue();
    asked = 0;
    expect(flusher.isDue).toBe(false);
    expect(asked).toBe(0);
    // Somebody has set the wall clock.
    ahead = 3_600_000;
    expect(flusher.isDue).toBe(false);
    expect(asked).toBe(1);
    await clock.advance(60_000);
    expect(flusher.isDue).toBe(true);
  });
});

describe("dynamic enable and disable", () => {
  it("works: off flushes nothing, on begins afresh and at once", async () => {
    const { flusher, clock, settings, calls } = subject();
    await flusher.ifDue();
    settings.enabled = false;
    await clock.advance(600_000);
    expect(flusher.isDue).toBe(false);
    expect(await flusher.ifDue()).toBe("off");
    expect(flusher.state).toMatchObject({ isOn: false, nextInMs: undefined });
    settings.enabled = true;
    expect(flusher.isDue).toBe(true);
    expect(flusher.state).toMatchObject({ isOn: true, nextInMs: 0, lastSuccessAgeMs: undefined });
    expect(await flusher.ifDue()).toBe("flushed");
    expect(calls).toEqual(["prepare", "flush", "prepare", "flush"]);
  });

  it("lets the request go at once that waits for a flush", async () => {
    const exporter = pending();
    const { flusher, clock, settings, said } = subject({ flush: exporter.call });
    const outcome = flusher.ifDue();
    await clock.advance(10);
    settings.enabled = false;
    flusher.follow();
    expect(await outcome).toBe("off");
    expect(exporter.signals[0]!.aborted).toBe(true);
    expect(clock.pending).toBe(0);
    exporter.end(new Error("aborted"));
    await clock.advance(0);
    expect(said).toEqual([]);
  });

  it("has no two flushes at a time, however fast it is turned off and on", async () => {
    const exporter = pending();
    const { flusher, clock, settings } = subject({ flush: exporter.call });
    const outcome = flusher.ifDue();
    await clock.advance(10);
    settings.enabled = false;
    flusher.follow();
    settings.enabled = true;
    flusher.follow();
    expect(await outcome).toBe("off");
    expect(await flusher.ifDue()).toBe("under_way");
    exporter.end(new Error("aborted"));
    await clock.advance(0);
    expect(flusher.isDue).toBe(true);
  });

  it("takes a changed interval at the next reschedule", async () => {
    const { flusher, clock, settings } = subject();
    await flusher.ifDue();
    settings.flushIntervalMs = 10_000;
    await clock.advance(10_000);
    expect(flusher.isDue).toBe(false);
    await clock.advance(50_000);
    await flusher.ifDue();
    expect(flusher.state.nextInMs).toBe(10_000);
  });
});

it("shows how flushes stand", async () => {
  const outcomes: FlushOutcome[] = [];
  let refuses = false;
  const { flusher, clock } = subject({
    flush: async () => {
      if (refuses) throw new Error("refused");
    },
  });
  expect(flusher.state).toEqual({
    isOn: true,
    isUnderWay: false,
    lastSuccessAgeMs: undefined,
    nextInMs: 0,
    consecutiveFailures: 0,
  });
  outcomes.push(await flusher.ifDue());
  refuses = true;
  await clock.advance(61_000);
  outcomes.push(await flusher.ifDue());
  expect(outcomes).toEqual(["flushed", "failed"]);
  expect(flusher.state).toEqual({
    isOn: true,
    isUnderWay: false,
    lastSuccessAgeMs: 61_000,
    nextInMs: 10_000,
    consecutiveFailures: 1,
  });
});
