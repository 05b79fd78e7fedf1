import { getEventListeners } from "node:events";
import { expect, it } from "vitest";
import { raceAbort } from "../../src/shared/race.ts";

const never = (): Promise<never> => new Promise(() => undefined);

it("settles with the call, and leaves no listener behind", async () => {
  const { signal } = new AbortController();
  expect(await raceAbort(async () => 1, signal)).toBe(1);
  await expect(raceAbort(() => Promise.reject(new Error("no")), signal)).rejects.toThrow("no");
  expect(await raceAbort(async () => 2, undefined)).toBe(2);
  expect(getEventListeners(signal, "abort")).toEqual([]);
});

it("rejects with the signal's reason, or with what is given, although the call does not heed it", async () => {
  const controller = new AbortController();
  const plain = raceAbort(never, controller.signal);
  const other = raceAbort(never, controller.signal, () => new Error("other"));
  controller.abort(new Error("reason"));
  await expect(plain).rejects.toThrow("reason");
  await expect(other).rejects.toThrow("other");
});

it("does not begin the call when the signal has aborted before", async () => {
  let began = false;
  const call = async (): Promise<void> => void (began = true);
  await expect(raceAbort(call, AbortSignal.abort(new Error("before")))).rejects.toThrow("before");
  expect(began).toBe(false);
});
