import { expect, it } from "vitest";
import { type GateView, standingOf } from "../../src/reader/gate.ts";

const policy = { exportTimeoutMs: 10, unnumberedHoldMs: 90 };
const forEver = { ...policy, unnumberedHoldMs: Infinity };

function lease(
  state: GateView["state"],
  sureMs: number,
  unsureSinceMs: number | undefined,
): GateView {
  return { state, unsureSinceMs, isSure: (marginMs) => marginMs < sureMs };
}

const none = lease("unassigned", 0, 0);
const sure = lease("held", 11, undefined);
const ending = lease("held", 10, undefined);
const expired = lease("expired", 0, 0);
const released = lease("released", 0, 0);

it.each([
  ["a number that is sure", sure, policy, 0, false, "numbered"],
  ["a number whose lease ends before the export would", ending, policy, 0, false, "lease_ending"],
  ["no number", none, policy, 89, false, "no_number"],
  ["no number for as long as it is waited for", none, policy, 90, false, "unnumbered"],
  ["no number, which is waited for however long", none, forEver, 1e9, false, "no_number"],
  ["a lease that ended", expired, policy, 89, false, "lease_ending"],
  ["a lease that ended long ago", expired, policy, 90, false, "unnumbered"],
  ["a number that was handed back", released, policy, 1e9, false, "released"],
  ["at the end, a number that is sure", sure, policy, 0, true, "numbered"],
  ["at the end, a lease that is ending", ending, policy, 0, true, "unnumbered"],
  ["at the end, no number", none, policy, 0, true, "unnumbered"],
  ["at the end, no number, which is waited for", none, forEver, 0, true, "no_number"],
  ["at the end, a number that was handed back", released, policy, 1e9, true, "released"],
])("with %s", (_, view, rules, nowMs, isLast, expected) => {
  const standing = standingOf(view, rules, { now: () => nowMs }, isLast);
  expect(standing.kind === "held" ? standing.reason : standing.kind).toBe(expected);
});
