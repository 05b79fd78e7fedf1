import { expect, it } from "vitest";
import { timeWindows, type TimeWindow } from "../../src/check/time-windows.ts";

const inside = (window: TimeWindow, time: string): boolean =>
  timeWindows("w", [window])(Date.parse(time));

it("begins with its first minute, and ends before its last", () => {
  const window: TimeWindow = { from: "09:00", to: "17:30" };
  const seen = ["08:59:59", "09:00:00", "17:29:59", "17:30:00"].map((time) =>
    inside(window, `2026-01-01T${time}Z`),
  );
  expect(seen).toEqual([false, true, true, false]);
});

it("goes on over midnight, and belongs to the day on which it begins", () => {
  // 2 January 2026 is a Friday.
  const window: TimeWindow = { days: ["fri"], from: "22:00", to: "02:00" };
  const seen = ["01T23:00", "02T01:00", "02T22:00", "03T01:59", "03T02:00", "03T22:00"].map(
    (time) => inside(window, `2026-01-${time}Z`),
  );
  expect(seen).toEqual([false, false, true, true, false, false]);
});

it("follows the clocks of its time zone, in summer too", () => {
  const window: TimeWindow = { from: "09:00", to: "10:00", timeZone: "Europe/Berlin" };
  expect(inside(window, "2026-01-15T08:30Z")).toBe(true);
  expect(inside(window, "2026-07-15T08:30Z")).toBe(false);
  expect(inside(window, "2026-07-15T07:30Z")).toBe(true);
  // The night in which the clocks go forward has no half past two.
  const gap: TimeWindow = { from: "02:00", to: "03:00", timeZone: "Europe/Berlin" };
  const night = ["00:59", "01:00", "01:30"].map((time) => inside(gap, `2026-03-29T${time}Z`));
  expect(night).toEqual([false, false, false]);
});

it("is the whole day where it says no times, and never where there is no window", () => {
  expect(inside({ days: ["thu"] }, "2026-01-01T23:59:59Z")).toBe(true);
  expect(inside({ days: ["thu"] }, "2026-01-02T00:00Z")).toBe(false);
  expect(timeWindows("w", undefined)(0)).toBe(false);
});
