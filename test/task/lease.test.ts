import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { HeartbeatAnswer } from "../../src/task/allocator.ts";
import {
  applyAnswer,
  applyRelease,
  isSure,
  type LeaseState,
  nextHeartbeat,
  NO_LEASE,
  remainingMs,
} from "../../src/task/lease.ts";
import { leasePolicy } from "../../src/task/policy.ts";

const policy = leasePolicy({ leaseMs: 60_000 });
const granted = (num: number, epoch: number, leaseMs = 60_000): HeartbeatAnswer => ({
  kind: "granted",
  num,
  epoch,
  leaseMs,
});
const held = applyAnswer(NO_LEASE, granted(3, 7), 1_000, policy).state;

it("sends what it holds, and a larger sequence number each time", () => {
  const first = nextHeartbeat(NO_LEASE, policy, 2_000);
  expect(first.heartbeat).toEqual({
    seq: 1,
    holdMs: policy.holdMs,
    leaseMs: 60_000,
    maxTasks: 65_536,
  });
  const second = nextHeartbeat({ ...held, seq: 1 }, policy, 2_000);
  expect(second.heartbeat).toMatchObject({ seq: 2, held: { num: 3, epoch: 7 } });
});

it("claims nothing once its lease has ended, and still goes on under the same grant", () => {
  const { state, heartbeat } = nextHeartbeat(held, policy, 61_000);
  expect(heartbeat).not.toHaveProperty("held");
  expect(applyAnswer(state, granted(3, 7), 61_000, policy).outcome).toBe("renewed");
});

it("counts the deadline from before the heartbeat was sent", () => {
  expect(held.deadlineMs).toBe(61_000);
  expect(remainingMs(held, 1_500)).toBe(59_500);
  expect(remainingMs(held, 99_000)).toBe(0);
});

it("is sure only while what begins now ends before the deadline", () => {
  expect(isSure(held, 50_999, 10_000)).toBe(true);
  expect(isSure(held, 51_000, 10_000)).toBe(false);
  expect(isSure(NO_LEASE, 0, 0)).toBe(false);
});

it("tells a renewal from a new grant by the epoch", () => {
  expect(applyAnswer(NO_LEASE, granted(3, 7), 0, policy).outcome).toBe("granted");
  expect(applyAnswer(held, granted(3, 7), 2_000, policy).outcome).toBe("renewed");
  expect(applyAnswer(held, granted(3, 8), 2_000, policy).outcome).toBe("granted");
  expect(applyAnswer(held, granted(5, 8), 2_000, policy)).toMatchObject({
    outcome: "granted",
    state: { grant: { num: 5, epoch: 8 } },
  });
});

it("never moves the deadline of one grant back", () => {
  const renewed = applyAnswer(held, granted(3, 7, 10), 1_100, policy).state;
  expect(renewed.deadlineMs).toBe(61_000);
});

it("relies on no more than it asked for, and on no more than it was given", () => {
  expect(applyAnswer(NO_LEASE, granted(0, 1, 1e9), 0, policy).state.deadlineMs).toBe(60_000);
  expect(applyAnswer(NO_LEASE, granted(0, 1, 500), 0, policy).state.deadlineMs).toBe(500);
});

it.each(["no_number", "lost", "collision", "full"] as const)("holds nothing after %s", (kind) => {
  const { state, outcome } = applyAnswer(held, { kind }, 2_000, policy);
  expect(outcome).toBe(kind);
  expect(state.grant).toBeUndefined();
  expect(isSure(state, 0, 0)).toBe(false);
});

it.each([
  ["is older than what is held", granted(3, 6)],
  ["has another number under the same epoch", granted(4, 7)],
])("goes on as another instance after a grant that %s: the store has forgotten", (_, answer) => {
  const { state, outcome } = applyAnswer(held, answer, 2_000, policy);
  expect(outcome).toBe("collision");
  expect(state.grant).toBeUndefined();
});

describe("the longest hold that an allocator told", () => {
  const brief = leasePolicy({ leaseMs: 4_000, heartbeatMs: 1_200 });
  const told = (ms?: number): HeartbeatAnswer => ({
    ...granted(3, 7, 4_000),
    ...(ms !== undefined && { longestHoldMs: ms }),
  });
  const knows = applyAnswer(NO_LEASE, told(90_000), 1_000, brief).state;
  const said = (state: LeaseState, nowMs: number): number | undefined =>
    nextHeartbeat(state, brief, nowMs).heartbeat.longestHoldMs;

  it("is told to it again, as a store that was emptied needs it", () => {
    expect(said(knows, 2_000)).toBe(90_000);
    expect(said(applyAnswer(knows, told(120_000), 2_000, brief).state, 3_000)).toBe(120_000);
  });

  it.each([
    ["a shorter one", told(30_000), 30_000],
    ["none", told(), undefined],
    ["no number", { kind: "no_number" }, undefined],
    ["a loss", { kind: "lost" }, undefined],
    ["a collision", { kind: "collision" }, undefined],
  ] as const)("outlives two such holds of answers that tell of %s", (_, answer, after) => {
    let state = knows;
    for (let nowMs = 5_000; nowMs < 185_000; nowMs += 1_000) {
      state = applyAnswer(state, answer, nowMs, brief).state;
      expect(said(state, nowMs)).toBe(90_000);
    }
    expect(said(applyAnswer(state, answer, 185_000, brief).state, 185_000)).toBe(after);
  });

  it("counts anew where it is told again", () => {
    const less = applyAnswer(knows, told(), 5_000, brief).state;
    const again = applyAnswer(less, told(90_000), 100_000, brief).state;
    const later = applyAnswer(again, told(), 150_000, brief).state;
    expect(said(applyAnswer(later, told(), 320_000, brief).state, 320_000)).toBe(90_000);
  });
});

describe("an answer that breaks the contract", () => {
  it.each([
    ["a number beyond the cap", granted(65_536, 8)],
    ["a negative number", granted(-1, 8)],
    ["half a number", granted(0.5, 8)],
    ["an epoch that is none", granted(3, Number.NaN)],
    ["a lease of nothing", granted(3, 7, 0)],
  ])("changes nothing: %s", (_, answer) => {
    expect(applyAnswer(held, answer, 2_000, policy)).toEqual({ state: held, outcome: "error" });
  });
});

it("takes no number after it was released", () => {
  const released = applyRelease(held);
  expect(released.grant).toBeUndefined();
  expect(applyAnswer(released, granted(1, 9), 2_000, policy)).toEqual({
    state: released,
    outcome: "error",
  });
});

it("keeps to the epochs and deadlines that it was given, whatever the answers", () => {
  const answer = fc.oneof(
    fc.constantFrom<HeartbeatAnswer>({ kind: "lost" }, { kind: "full" }, { kind: "no_number" }),
    fc.record({
      kind: fc.constant("granted" as const),
      num: fc.integer({ min: -1, max: 4 }),
      epoch: fc.integer({ min: 0, max: 6 }),
      leaseMs: fc.integer({ min: -1, max: 100_000 }),
    }),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(answer, fc.nat(10_000)), { maxLength: 30 }), (answers) => {
      let state: LeaseState = NO_LEASE;
      let nowMs = 0;
      for (const [given, waitMs] of answers) {
        const sentAtMs = nowMs;
        const next = nextHeartbeat(state, policy, sentAtMs);
        expect(next.heartbeat.seq).toBe(state.seq + 1);
        nowMs += waitMs;
        const before = next.state;
        const applied = applyAnswer(before, given, sentAtMs, policy);
        state = applied.state;
        if (state.grant !== undefined && before.grant !== undefined) {
          expect(state.grant.epoch).toBeGreaterThanOrEqual(before.grant.epoch);
        }
        if (state.deadlineMs !== before.deadlineMs && state.deadlineMs !== undefined) {
          expect(state.deadlineMs).toBeLessThanOrEqual(sentAtMs + policy.leaseMs);
        }
        expect(isSure(state, nowMs, 0)).toBe(remainingMs(state, nowMs) > 0);
      }
    }),
  );
});
