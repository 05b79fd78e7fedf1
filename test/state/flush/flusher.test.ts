import { context, createContextKey, diag, ROOT_CONTEXT } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  Flusher,
  type FlusherOptions,
  type FlushOutcome,
  type FlushSettings,
} from "../../../src/state/flush/flusher.ts";
import type { EventRecord } from "../../../src/shared/events.ts";
import { type ManualClock, manualClock } from "../../../src/testing/manual-clock.ts";

interface Subject {
  readonly clock: ManualClock;
  readonly flusher: Flusher;
  readonly settings: { -readonly [K in keyof FlushSettings]: FlushSettings[K] };
  /** What was called, in order. */
  readonly calls: string[];
  readonly events: EventRecord[];
  /** What `diag` was told: level and text. */
  readonly said: string[];
}

function subject(options: Partial<FlusherOptions> = {}): Subject {
  const clock = manualClock();
  const settings = { enabled: true, flushIntervalMs: 60_000, flushTimeoutMs: 5_000 };
  const calls: string[] = [];
  const events: EventRecord[] = [];
  const said: string[] = [];
  const say =
    (level: string) =>
    (...args: unknown[]): void =>
      void said.push(`${level}: ${args.map(String).join(" ")}`);
  diag.setLogger({
    error: say("error"),
    warn: say("warn"),
    info: say("info"),
    debug: () => {},
    verbose: () => {},
  });
  said.length = 0;
  onTestFinished(() => diag.disable());
  const flusher = new Flusher({
    clock,
    settings: () => settings,
    prepare: async () => {
      calls.push("prepare");
      return "held";
    },
    flush: async () => void calls.push("flush"),
    events: { emit: (record) => events.push(record) },
    ...options,
  });
  return { clock, flusher, settings, calls, events, said };
}

/** A call that settles when a test says so, and notes whether it was told to give up. */
function pending(): {
  readonly call: (signal: AbortSignal) => Promise<void>;
  readonly running: number;
  readonly signals: AbortSignal[];
  end(error?: Error): void;
  /** Ends the oldest one alone. */
  endFirst(): void;
} {
  const waiting: PromiseWithResolvers<void>[] = [];
  const signals: AbortSignal[] = [];
  return {
    signals,
    get running() {
      return waiting.length;
    },
    call(signal) {
      signals.push(signal);
      const given = Promise.withResolvers<void>();
      waiting.push(given);
      return given.promise;
    },
    endFirst: () => waiting.shift()?.resolve(),
    end(error) {
      for (const given of waiting.splice(0)) {
        if (error === undefined) given.resolve();
        else given.reject(error);
      }
    },
  };
}

describe("the order of a flush", () => {
  it("is settings, what comes before, the allocator, the export", async () => {
    const calls: string[] = [];
    const note = (name: string) => async () => void calls.push(name);
    const { flusher } = subject({
      refreshSettings: note("settings"),
      beforeFlush: note("before"),
      prepare: async () => (calls.push("prepare"), "held"),
      flush: note("flush"),
    });
    expect(await flusher.flushIfDue()).toBe("flushed");
    expect(calls).toEqual(["settings", "before", "prepare", "flush"]);
  });

  it("goes on with the settings that there are, where they cannot be read again", async () => {
    const { flusher, said } = subject({
      refreshSettings: () => Promise.reject(new Error("no file")),
    });
    expect(await flusher.flushIfDue()).toBe("flushed");
    expect(said).toEqual([expect.stringContaining("The settings could not be read")]);
  });

  it("ends where the settings that were read again say off", async () => {
    const { flusher, settings, calls } = subject({
      refreshSettings: () => (settings.enabled = false),
    });
    expect(await flusher.flushIfDue()).toBe("off");
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
    expect(await flusher.flushIfDue()).toBe(answer);
    expect(calls).toEqual([]);
  });

  it("exports where exports go on without a number", async () => {
    const { flusher, calls } = subject({ prepare: async () => "unnumbered" });
    expect(await flusher.flushIfDue()).toBe("flushed");
    expect(calls).toEqual(["flush"]);
  });

  it("is outside the request's trace", async () => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    onTestFinished(() => context.disable());
    const key = createContextKey("of the request");
    const seen: unknown[] = [];
    const look = async (): Promise<"held"> => (seen.push(context.active().getValue(key)), "held");
    const { flusher } = subject({ prepare: look, flush: look });
    await context.with(ROOT_CONTEXT.setValue(key, "here"), () => flusher.flushIfDue());
    expect(seen).toEqual([undefined, undefined]);
  });
});

describe("which request flushes", () => {
  it("is one that comes when it is due, and no other", async () => {
    const { flusher, clock, calls } = subject();
    expect(flusher.isDue).toBe(true);
    expect(await flusher.flushIfDue()).toBe("flushed");
    expect(flusher.isDue).toBe(false);
    expect(await flusher.flushIfDue()).toBe("not_due");
    await clock.advance(59_899);
    expect(await flusher.flushIfDue()).toBe("not_due");
    await clock.advance(1);
    expect(flusher.isDue).toBe(true);
    expect(await flusher.flushIfDue()).toBe("flushed");
    expect(calls).toEqual(["prepare", "flush", "prepare", "flush"]);
  });

  it("is one, where many come at the same moment", async () => {
    const { flusher, calls } = subject();
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => flusher.flushIfDue()));
    expect(outcomes.filter((outcome) => outcome === "flushed")).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === "under_way")).toHaveLength(49);
    expect(calls).toEqual(["prepare", "flush"]);
  });

  it("needs no timer: there is none between flushes", async () => {
    const { flusher, clock } = subject();
    await flusher.flushIfDue();
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
    await flusher.flushIfDue();
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

describe("the time limit", () => {
  it("is one over all that a flush calls", async () => {
    const allocator = pending();
    const exporter = pending();
    const { flusher, clock } = subject({
      prepare: (signal) => allocator.call(signal).then(() => "held"),
      flush: exporter.call,
    });
    const outcome = flusher.flushIfDue();
    await clock.advance(4_000);
    allocator.end();
    await clock.advance(999);
    expect(exporter.running).toBe(1);
    expect(exporter.signals[0]!.aborted).toBe(false);
    await clock.advance(1);
    expect(await outcome).toBe("failed");
    expect(exporter.signals[0]!.aborted).toBe(true);
    expect(exporter.signals[0]!.reason).toMatchObject({ code: "ERR_TASKMON_TIMEOUT" });
  });

  it("can be shorter for one flush, and not longer", async () => {
    const exporter = pending();
    const { flusher, clock } = subject({ flush: exporter.call });
    const short = flusher.flushIfDue({ timeoutMs: 200 });
    await clock.advance(200);
    expect(await short).toBe("failed");
    exporter.end(new Error("aborted"));
    await clock.advance(20_000);
    const long = flusher.flushIfDue({ timeoutMs: 60_000 });
    await clock.advance(5_000);
    expect(await long).toBe("failed");
  });

  it("lets the request go on where the signal is not obeyed, and no second flush begin", async () => {
    const exporter = pending();
    const { flusher, clock } = subject({ flush: exporter.call });
    const outcome = flusher.flushIfDue();
    await clock.advance(5_000);
    expect(await outcome).toBe("failed");
    await clock.advance(120_000);
    expect(flusher.isDue).toBe(false);
    expect(await flusher.flushIfDue()).toBe("under_way");
    expect(flusher.state.isUnderWay).toBe(true);
    exporter.end();
    await clock.advance(0);
    expect(flusher.isDue).toBe(true);
  });

  it("gives up for lost what has not ended for as long as the longest backoff", async () => {
    const exporter = pending();
    const { flusher, clock, said } = subject({ flush: exporter.call });
    const first = flusher.flushIfDue();
    await clock.advance(640_000);
    expect(await first).toBe("failed");
    const second = flusher.flushIfDue();
    await clock.advance(0);
    expect(exporter.running).toBe(2);
    expect(said).toContainEqual(
      expect.stringMatching(/^error: .*A flush has begun and does not end/),
    );
    // What the first one comes to in the end changes nothing.
    exporter.endFirst();
    await clock.advance(0);
    expect(flusher.state).toMatchObject({ isUnderWay: true, lastSuccessAgeMs: undefined });
    expect(await flusher.flushIfDue()).toBe("under_way");
    exporter.end();
    expect(await second).toBe("flushed");
    expect(flusher.state).toMatchObject({ isUnderWay: false, nextInMs: 60_000 });
  });

  it("does not begin an export that the allocator has left no time for", async () => {
    const allocator = pending();
    const { flusher, clock, calls } = subject({
      prepare: (signal) => allocator.call(signal).then(() => "held"),
    });
    const outcome = flusher.flushIfDue();
    await clock.advance(5_000);
    allocator.end();
    await clock.advance(0);
    expect(await outcome).toBe("failed");
    expect(calls).toEqual([]);
  });

  it("leaves no timer behind", async () => {
    const { flusher, clock } = subject({ flush: () => Promise.reject(new Error("refused")) });
    await flusher.flushIfDue();
    expect(clock.pending).toBe(0);
  });
});

describe("what goes wrong", () => {
  it.each([
    [
      "throws",
      () => {
        throw new Error("refused");
      },
    ],
    ["rejects", () => Promise.reject(new Error("refused"))],
  ])("is a failure and no rejection, where the exporter %s", async (_, flush) => {
    const { flusher, said } = subject({ flush });
    expect(await flusher.flushIfDue()).toBe("failed");
    expect(said).toEqual([
      "warn: taskmon.flush A flush failed; the next one is due in 10 s Error: refused",
    ]);
  });

  it("is said once per cause, and so is its end", async () => {
    let error: Error | undefined = new Error("refused");
    const { flusher, clock, said } = subject({
      flush: async () => {
        if (error !== undefined) throw error;
      },
    });
    for (let turn = 0; turn < 3; turn++) {
      await flusher.flushIfDue();
      await clock.advance(60_000);
    }
    expect(said).toHaveLength(1);
    error = undefined;
    await flusher.flushIfDue();
    expect(said[1]).toMatch(/^info: .*Flushes succeed again, after 180 s/);
  });

  it("is an error, an event and told to listeners after five intervals, once", async () => {
    let error: Error | undefined = new Error("refused");
    const heard: unknown[] = [];
    const { flusher, clock, said, events } = subject({
      flush: async () => {
        if (error !== undefined) throw error;
      },
    });
    flusher.on("silent", (silence) => heard.push(silence));
    const stop = flusher.on("recovered", (recovery) => heard.push(recovery));
    for (let turn = 0; turn < 80; turn++) {
      await flusher.flushIfDue();
      await clock.advance(10_000);
    }
    // 10, 20, 40, 80, 160 and 320 seconds after one another.
    const silence = { ageMs: 310_000, attempts: 6, reason: "failing", lastFailure: "refused" };
    expect(heard).toEqual([silence]);
    expect(said.filter((line) => line.startsWith("error"))).toEqual([
      expect.stringContaining("No flush has succeeded for 310 s, in 6 attempts: refused"),
    ]);
    expect(events).toMatchObject([
      {
        eventName: "taskmon.flush.silent",
        severityNumber: 17,
        attributes: { "taskmon.flush.age": 310 },
      },
    ]);
    error = undefined;
    await clock.advance(640_000);
    expect(await flusher.flushIfDue()).toBe("flushed");
    expect(heard[1]).toEqual({ silentMs: 1_440_000 });
    expect(events[1]).toMatchObject({ eventName: "taskmon.flush.recovered", severityNumber: 9 });
    stop();
  });

  it("is no error where the allocator has no number yet", async () => {
    const { flusher, clock, said } = subject({ prepare: async () => "no_number" });
    for (let turn = 0; turn < 5; turn++) {
      expect(await flusher.flushIfDue()).toBe("no_number");
      expect(flusher.state).toMatchObject({ consecutiveFailures: 0, nextInMs: 60_000 });
      await clock.advance(60_000);
    }
    expect(said).toEqual([expect.stringMatching(/^warn: .*no task number yet/)]);
  });

  it("is told of each flush with its duration, and what is told may throw", async () => {
    const exporter = pending();
    const told: unknown[] = [];
    const { flusher, clock } = subject({
      flush: exporter.call,
      onFlush: (...args) => {
        told.push(args);
        throw new Error("of a listener");
      },
    });
    const outcome = flusher.flushIfDue();
    await clock.advance(1_500);
    exporter.end();
    expect(await outcome).toBe("flushed");
    expect(told).toEqual([["flushed", 1_500]]);
  });
});

describe("dynamic enable and disable", () => {
  it("works: off flushes nothing, on begins afresh and at once", async () => {
    const { flusher, clock, settings, calls } = subject();
    await flusher.flushIfDue();
    settings.enabled = false;
    await clock.advance(600_000);
    expect(flusher.isDue).toBe(false);
    expect(await flusher.flushIfDue()).toBe("off");
    expect(flusher.state).toMatchObject({ isOn: false, nextInMs: undefined });
    settings.enabled = true;
    expect(flusher.isDue).toBe(true);
    expect(flusher.state).toMatchObject({ isOn: true, nextInMs: 0, lastSuccessAgeMs: undefined });
    expect(await flusher.flushIfDue()).toBe("flushed");
    expect(calls).toEqual(["prepare", "flush", "prepare", "flush"]);
  });

  it("lets the request go at once that waits for a flush", async () => {
    const exporter = pending();
    const { flusher, clock, settings, said } = subject({ flush: exporter.call });
    const outcome = flusher.flushIfDue();
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
    const outcome = flusher.flushIfDue();
    await clock.advance(10);
    settings.enabled = false;
    flusher.follow();
    settings.enabled = true;
    flusher.follow();
    expect(await outcome).toBe("off");
    expect(await flusher.flushIfDue()).toBe("under_way");
    exporter.end(new Error("aborted"));
    await clock.advance(0);
    expect(flusher.isDue).toBe(true);
  });

  it("takes a changed interval at the next reschedule", async () => {
    const { flusher, clock, settings } = subject();
    await flusher.flushIfDue();
    settings.flushIntervalMs = 10_000;
    await clock.advance(10_000);
    expect(flusher.isDue).toBe(false);
    await clock.advance(50_000);
    await flusher.flushIfDue();
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
  outcomes.push(await flusher.flushIfDue());
  refuses = true;
  await clock.advance(61_000);
  outcomes.push(await flusher.flushIfDue());
  expect(outcomes).toEqual(["flushed", "failed"]);
  expect(flusher.state).toEqual({
    isOn: true,
    isUnderWay: false,
    lastSuccessAgeMs: 61_000,
    nextInMs: 10_000,
    consecutiveFailures: 1,
  });
});
