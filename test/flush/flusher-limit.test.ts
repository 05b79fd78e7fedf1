import { describe, expect, it } from "vitest";
import { pending, subject } from "./subject.ts";

describe("the time limit", () => {
  it("is one over all that a flush calls", async () => {
    const allocator = pending();
    const exporter = pending();
    const { flusher, clock } = subject({
      prepare: (signal) => allocator.call(signal).then(() => "held"),
      flush: exporter.call,
    });
    const outcome = flusher.ifDue();
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
    const short = flusher.ifDue({ timeoutMs: 200 });
    await clock.advance(200);
    expect(await short).toBe("failed");
    exporter.end(new Error("aborted"));
    await clock.advance(20_000);
    const long = flusher.ifDue({ timeoutMs: 60_000 });
    await clock.advance(5_000);
    expect(await long).toBe("failed");
  });

  it("lets the request go on where the signal is not obeyed, and no second flush begin", async () => {
    const exporter = pending();
    const { flusher, clock } = subject({ flush: exporter.call });
    const outcome = flusher.ifDue();
    await clock.advance(5_000);
    expect(await outcome).toBe("failed");
    await clock.advance(120_000);
    expect(flusher.isDue).toBe(false);
    expect(await flusher.ifDue()).toBe("under_way");
    expect(flusher.state.isUnderWay).toBe(true);
    exporter.end();
    await clock.advance(0);
    expect(flusher.isDue).toBe(true);
  });

  it("gives up for lost what has not ended for as long as the longest backoff", async () => {
    const exporter = pending();
    const { flusher, clock, said } = subject({ flush: exporter.call });
    const first = flusher.ifDue();
    await clock.advance(640_000);
    expect(await first).toBe("failed");
    const second = flusher.ifDue();
    await clock.advance(0);
    expect(exporter.running).toBe(2);
    expect(said).toContainEqual(expect.stringMatching(/^error: .*A flush does not end/));
    // What the first one comes to in the end changes nothing.
    exporter.endFirst();
    await clock.advance(0);
    expect(flusher.state).toMatchObject({ isUnderWay: true, lastSuccessAgeMs: undefined });
    expect(await flusher.ifDue()).toBe("under_way");
    exporter.end();
    expect(await second).toBe("flushed");
    expect(flusher.state).toMatchObject({ isUnderWay: false, nextInMs: 60_000 });
  });

  it("does not begin an export that the allocator has left no time for", async () => {
    const allocator = pending();
    const { flusher, clock, calls } = subject({
      prepare: (signal) => allocator.call(signal).then(() => "held"),
    });
    const outcome = flusher.ifDue();
    await clock.advance(5_000);
    allocator.end();
    await clock.advance(0);
    expect(await outcome).toBe("failed");
    expect(calls).toEqual([]);
  });

  it("leaves no timer behind", async () => {
    const { flusher, clock } = subject({ flush: () => Promise.reject(new Error("refused")) });
    await flusher.ifDue();
    expect(clock.pending).toBe(0);
  });
});
