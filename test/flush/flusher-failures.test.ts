import { describe, expect, it } from "vitest";
import { pending, subject } from "./subject.ts";

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
    expect(await flusher.ifDue()).toBe("failed");
    expect(said).toEqual([
      "warn: taskmon.flush A flush failed; the next one is due in 10 s: refused (docs/flush.md)",
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
      await flusher.ifDue();
      await clock.advance(60_000);
    }
    expect(said).toHaveLength(1);
    error = undefined;
    await flusher.ifDue();
    expect(said[1]).toMatch(/^info: .*Flushes succeed again, after 180 s/);
  });

  it("is an error and an event after five intervals, once", async () => {
    let error: Error | undefined = new Error("refused");
    const { flusher, clock, said, events } = subject({
      flush: async () => {
        if (error !== undefined) throw error;
      },
    });
    for (let turn = 0; turn < 80; turn++) {
      await flusher.ifDue();
      await clock.advance(10_000);
    }
    // 10, 20, 40, 80, 160 and 320 seconds after one another.
    expect(said.filter((line) => line.startsWith("error"))).toEqual([
      expect.stringContaining("No flush has succeeded for 310 s, in 6 attempts: refused"),
    ]);
    expect(events).toMatchObject([
      {
        eventName: "taskmon.flush.silent",
        severityNumber: 17,
        attributes: {
          "taskmon.flush.age": 310,
          "taskmon.flush.attempts": 6,
          "taskmon.flush.last_failure": "refused",
          "taskmon.reason": "failing",
        },
      },
    ]);
    error = undefined;
    await clock.advance(640_000);
    expect(await flusher.ifDue()).toBe("flushed");
    expect(events[1]).toMatchObject({
      eventName: "taskmon.flush.recovered",
      severityNumber: 9,
      attributes: { "taskmon.flush.age": 1_440 },
    });
  });

  it("is no error where the allocator has no number yet", async () => {
    const { flusher, clock, said } = subject({ prepare: async () => "no_number" });
    for (let turn = 0; turn < 5; turn++) {
      expect(await flusher.ifDue()).toBe("no_number");
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
    const outcome = flusher.ifDue();
    await clock.advance(1_500);
    exporter.end();
    expect(await outcome).toBe("flushed");
    expect(told).toEqual([["flushed", 1_500]]);
  });
});
