import { type Finding, findingsOf } from "./finding.ts";

const { ok, warn } = findingsOf("clock");

/** A `Date` header has seconds, and the answer was under way for some time. */
const TOLERANCE_MS = 5_000;

/** The difference between a server's clock and this machine's, from the `Date` header of its answer; none without one. */
export function clockFinding(
  host: string,
  date: string | null,
  now: number = Date.now(),
): Finding[] {
  const theirs = date === null ? Number.NaN : Date.parse(date);
  if (Number.isNaN(theirs)) return [];
  const apartMs = now - theirs;
  if (Math.abs(apartMs) <= TOLERANCE_MS) return [ok(`${host} and this machine agree`)];
  const seconds = Math.round(Math.abs(apartMs) / 1_000);
  return [
    warn(
      `this machine is ${seconds} s ${apartMs > 0 ? "ahead of" : "behind"} ${host}`,
      "let both follow NTP: points with times of the future or the past are dropped or drawn wrong",
    ),
  ];
}
