import { expect, it } from "vitest";
import { TimeoutError, withTimeout } from "../../src/shared/timeout.ts";
import { manualClock } from "../../src/testing/manual-clock.ts";

const never = (): Promise<never> => new Promise(() => undefined);

it("gives the call's result, and leaves no timer behind", async () => {
  const clock = manualClock();
  expect(await withTimeout(clock, "A call", 100, async () => "done")).toBe("done");
  expect(clock.pending).toBe(0);
});

it("rejects after the time limit, even where the call ignores its signal", async () => {
  const clock = manualClock();
  const call = withTimeout(clock, "A call", 100, never);
  const outcome = expect(call).rejects.toThrow(new TimeoutError("A call", 100));
  await clock.advance(100);
  await outcome;
});

it("aborts the call's signal after the time limit", async () => {
  const clock = manualClock();
  let signal: AbortSignal | undefined;
  const call = withTimeout(clock, "A call", 100, (given) => {
    signal = given;
    return never();
  });
  const outcome = expect(call).rejects.toMatchObject({ code: "ERR_TASKMON_TIMEOUT" });
  expect(signal?.aborted).toBe(false);
  await clock.advance(100);
  await outcome;
  expect(signal?.aborted).toBe(true);
});

it("rejects with the caller's reason when the caller aborts", async () => {
  const clock = manualClock();
  const caller = new AbortController();
  const call = withTimeout(clock, "A call", 100, never, caller.signal);
  const outcome = expect(call).rejects.toThrow("enough");
  caller.abort(new Error("enough"));
  await outcome;
  expect(clock.pending).toBe(0);
});

it("does not begin for a caller who has aborted", async () => {
  let begun = false;
  const call = withTimeout(
    manualClock(),
    "A call",
    100,
    async () => {
      begun = true;
    },
    AbortSignal.abort(new Error("too late")),
  );
  await expect(call).rejects.toThrow("too late");
  expect(begun).toBe(false);
});
