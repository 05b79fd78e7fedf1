import { describe, expect, it } from "vitest";
import { manualClock } from "../../src/testing/index.ts";

describe("manualClock", () => {
  it("stands still until it is moved, on both scales", async () => {
    const clock = manualClock({ wallTime: 1_000_000 });
    expect([clock.now(), clock.wallTime()]).toEqual([0, 1_000_000]);
    await clock.advance(250);
    expect([clock.now(), clock.wallTime()]).toEqual([250, 1_000_250]);
  });

  it("fires timers in order, each at its own time", async () => {
    const clock = manualClock();
    const fired: string[] = [];
    const note = (name: string) => () => void fired.push(`${name} at ${clock.now()}`);
    clock.after(30, note("c"));
    clock.after(10, note("a"));
    clock.after(10, note("b"));
    clock.after(41, note("not yet"));
    await clock.advance(40);
    expect(fired).toEqual(["a at 10", "b at 10", "c at 30"]);
    expect(clock.now()).toBe(40);
    expect(clock.pending).toBe(1);
  });

  it("fires a timer that is set on the way, also after promises", async () => {
    const clock = manualClock();
    const firedAt: number[] = [];
    const again = (): void => {
      firedAt.push(clock.now());
      void Promise.resolve()
        .then(() => Promise.resolve())
        .then(() => clock.after(10, again));
    };
    void Promise.resolve().then(() => clock.after(10, again));
    await clock.advance(35);
    expect(firedAt).toEqual([10, 20, 30]);
  });

  it("does not fire what was cancelled, before it or on the way", async () => {
    const clock = manualClock();
    const fired: string[] = [];
    const cancelSecond = clock.after(20, () => fired.push("second"));
    clock.after(10, cancelSecond);
    clock.after(5, () => fired.push("first"))();
    await clock.advance(100);
    expect(fired).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  it("fires a timer without delay at the next move, and passes on what a callback throws", async () => {
    const clock = manualClock();
    clock.after(-1, () => {
      throw new Error("from the callback");
    });
    expect(clock.pending).toBe(1);
    await expect(clock.advance(0)).rejects.toThrow("from the callback");
  });
});
