import { describe, expect, it } from "vitest";
import {
  begun,
  ended,
  type FlushResult,
  type FlushState,
  isDue,
  isUnderWay,
  switchedOn,
  timedOut,
} from "../../src/flush/policy.ts";

// The cases of luci-go's server/tsmon/middleware_test.go that are about when to flush, and the rules of
// its middleware.go, on a clock that a table moves.

const MINUTE = 60_000;

/** A flush that begins at `at` and takes `forMs`. */
function flushed(
  state: FlushState,
  result: FlushResult,
  at: number,
  forMs = 0,
  intervalMs = MINUTE,
): FlushState {
  expect(isDue(state, at)).toBe(true);
  return ended(begun(state, at), result, intervalMs, at + forMs).state;
}

/** The same, `count` times, each at the moment at which it is due. */
function failing(state: FlushState, count: number, intervalMs = MINUTE): FlushState[] {
  const states: FlushState[] = [];
  let last = state;
  for (let turn = 0; turn < count; turn++) {
    last = flushed(last, "failed", last.nextMs, 0, intervalMs);
    states.push(last);
  }
  return states;
}

describe("when flushes are turned on", () => {
  it("is due at once, and counts the time without a success from there", () => {
    const state = switchedOn(1_000);
    expect(isDue(state, 1_000)).toBe(true);
    expect(state).toMatchObject({ nextMs: 1_000, lastSuccessMs: 1_000, hasSucceeded: false });
  });

  it("forgets the schedule, the backoff and the silence from before", () => {
    const [, , last] = failing(switchedOn(0, undefined), 3);
    expect(switchedOn(9_000, { ...last!, isSilent: true })).toEqual(switchedOn(9_000));
  });

  it("waits for what was under way when they were turned off", () => {
    const state = switchedOn(9_000, begun(switchedOn(0), 8_000));
    expect(isDue(state, 9_000)).toBe(false);
    expect(isDue(ended(state, "failed", MINUTE, 9_500).state, 9_500)).toBe(true);
  });
});

describe("when a request ends", () => {
  const state = flushed(switchedOn(0), "flushed", 0);

  it.each([
    { at: 1, due: false },
    { at: 59_899, due: false },
    // "in case we happened to wake up a few nanoseconds earlier"
    { at: 59_900, due: true },
    { at: 60_000, due: true },
    // The process was stopped meanwhile.
    { at: 86_400_000, due: true },
  ])("is due at $at ms: $due", ({ at, due }) => {
    expect(isDue(state, at)).toBe(due);
  });

  it("lets it pass while a flush is under way, however long that takes", () => {
    const underWay = begun(state, MINUTE);
    expect(isDue(underWay, MINUTE)).toBe(false);
    expect(isDue(underWay, 10 * MINUTE)).toBe(false);
    expect(isUnderWay(underWay, 10 * MINUTE)).toBe(true);
  });

  it("goes on without a flush that has not ended after the longest backoff", () => {
    const underWay = begun(state, MINUTE);
    expect(isDue(underWay, MINUTE + 639_999)).toBe(false);
    expect(isDue(underWay, MINUTE + 640_000)).toBe(true);
    expect(isUnderWay(underWay, MINUTE + 640_000)).toBe(false);
  });
});

describe("after a flush", () => {
  it("pings the allocator and waits for a number: that is no error, and the next is an interval later", () => {
    const waiting = flushed(switchedOn(0), "no_number", 0, 300);
    expect(waiting).toMatchObject({
      nextMs: MINUTE,
      failures: 0,
      lastSuccessMs: 0,
    });
    expect(waiting.hasSucceeded).toBe(false);
    const got = flushed(waiting, "flushed", MINUTE);
    expect(got).toMatchObject({ nextMs: 2 * MINUTE, lastSuccessMs: MINUTE, hasSucceeded: true });
  });

  it("counts the interval from its beginning", () => {
    expect(flushed(switchedOn(0), "flushed", 7_000, 4_000)).toMatchObject({
      nextMs: 67_000,
      lastSuccessMs: 7_000,
    });
  });

  it("checks error backoff: doubled after each failure, and from the flush's beginning", () => {
    const first = flushed(switchedOn(0), "flushed", 0);
    const [one, two] = failing(first, 2);
    expect(one).toMatchObject({ lastSuccessMs: 0, failures: 1, nextMs: 70_000 });
    expect(two).toMatchObject({ lastSuccessMs: 0, failures: 2, nextMs: 90_000 });
  });

  it("doubles the backoff up to 640 seconds", () => {
    const dueMs = [0, ...failing(switchedOn(0), 10).map(({ nextMs }) => nextMs)];
    const waits = dueMs.slice(1).map((nextMs, at) => (nextMs - dueMs[at]!) / 1_000);
    expect(waits).toEqual([10, 20, 40, 80, 160, 320, 640, 640, 640, 640]);
  });

  it.each(["flushed", "no_number"] as const)("begins the backoff again after %s", (result) => {
    const last = failing(switchedOn(0), 4).at(-1)!;
    const over = flushed(last, result, last.nextMs);
    expect(over).toMatchObject({ failures: 0 });
    expect(flushed(over, "failed", over.nextMs).nextMs).toBe(over.nextMs + 10_000);
  });

  it("backs off as long whatever the interval is: sooner than a long one, later than a short one", () => {
    expect(flushed(switchedOn(0), "failed", 0, 0, 3_600_000).nextMs).toBe(10_000);
    expect(flushed(switchedOn(0), "failed", 0, 0, 1_000).nextMs).toBe(10_000);
  });

  it("rests for half of the backoff at least, after a flush that was allowed to take long", () => {
    expect(flushed(switchedOn(0), "failed", 0, 5_000).nextMs).toBe(10_000);
    expect(flushed(switchedOn(0), "failed", 0, 30_000).nextMs).toBe(35_000);
  });

  it("takes a changed interval at the next reschedule, and not before", () => {
    const state = flushed(switchedOn(0), "flushed", 0, 0, MINUTE);
    expect(isDue(state, 10_000)).toBe(false);
    expect(flushed(state, "flushed", MINUTE, 0, 10_000).nextMs).toBe(MINUTE + 10_000);
  });
});

describe("at a flush's time limit", () => {
  const late = timedOut(begun(switchedOn(0), 0), MINUTE, 5_000).state;

  it("counts it as failed, and as under way until it ends", () => {
    expect(late).toMatchObject({ failures: 1, nextMs: 10_000 });
    expect(isDue(late, 20_000)).toBe(false);
    expect(isDue(ended(late, "failed", MINUTE, 20_000).state, 20_000)).toBe(true);
  });

  it("does not count its failure twice", () => {
    const over = ended(late, "failed", MINUTE, 20_000).state;
    expect(over).toMatchObject({ failures: 1, attempts: 1, nextMs: 10_000 });
  });

  it("takes what arrived late for a success, but keeps the backoff: requests had to wait", () => {
    const over = ended(late, "flushed", MINUTE, 7_000).state;
    expect(over).toMatchObject({
      hasSucceeded: true,
      attempts: 0,
      failures: 1,
      nextMs: 10_000,
    });
  });
});

describe("without a success for more than five intervals", () => {
  const step = (state: FlushState, result: FlushResult, at: number): ReturnType<typeof ended> =>
    ended(begun(state, at), result, MINUTE, at);

  it.each(["failed", "no_number"] as const)("says so once per spell of %s", (result) => {
    const last = flushed(switchedOn(0), "flushed", MINUTE);
    const notYet = step(last, result, 6 * MINUTE);
    expect(notYet.news).toBeUndefined();
    const now = step(notYet.state, result, 6 * MINUTE + 1);
    expect(now.news).toBe("silent");
    expect(step(now.state, result, 9 * MINUTE).news).toBeUndefined();
  });

  it("says when it is over, and can begin again", () => {
    const silent = step(switchedOn(0), "failed", 6 * MINUTE);
    expect(silent.news).toBe("silent");
    const over = step(silent.state, "flushed", 7 * MINUTE);
    expect(over.news).toBe("recovered");
    expect(step(over.state, "flushed", 8 * MINUTE).news).toBeUndefined();
    expect(step(over.state, "failed", 13 * MINUTE).news).toBe("silent");
  });

  it("measures by the interval in force", () => {
    const state = begun(switchedOn(0), 6 * MINUTE);
    expect(ended(state, "failed", 10 * MINUTE, 6 * MINUTE).news).toBeUndefined();
    expect(ended(state, "failed", MINUTE, 6 * MINUTE).news).toBe("silent");
  });

  it("is not silent when flushes were turned on only just now", () => {
    const off = step(switchedOn(0), "failed", 6 * MINUTE).state;
    expect(step(switchedOn(20 * MINUTE, off), "failed", 20 * MINUTE).news).toBeUndefined();
  });

  it("is over when a flush arrives after its time limit", () => {
    const late = timedOut(begun(switchedOn(0), 6 * MINUTE), MINUTE, 6 * MINUTE + 5_000);
    expect(late.news).toBe("silent");
    expect(ended(late.state, "flushed", MINUTE, 6 * MINUTE + 6_000).news).toBe("recovered");
  });
});
