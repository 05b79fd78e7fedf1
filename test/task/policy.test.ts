import { expect, it } from "vitest";
import { leasePolicy } from "../../src/task/policy.ts";

it("has defaults that suit a fleet", () => {
  expect(leasePolicy()).toEqual({
    leaseMs: 60_000,
    heartbeatMs: 20_000,
    requestTimeoutMs: 5_000,
    exportTimeoutMs: 10_000,
    graceMs: 30_000,
    quarantineMs: 10_000,
    maxTasks: 65_536,
    unnumberedHoldMs: 90_000,
    holdMs: 91_213,
  });
});

it("scales what is left out with the lease", () => {
  const policy = leasePolicy({ leaseMs: 3_000 });
  expect(policy.heartbeatMs).toBe(1_000);
  expect(policy.exportTimeoutMs).toBe(500);
  expect(policy.requestTimeoutMs).toBe(1_000);
});

it("keeps the number longer than the lease by drift on both sides and the grace", () => {
  const { holdMs, leaseMs, graceMs } = leasePolicy({ leaseMs: 10_000, graceMs: 4_000 });
  expect(holdMs).toBeGreaterThanOrEqual((leaseMs * 1.01) / 0.99 + graceMs);
});

it("lets push readers be held for ever, or not at all, while there is no number", () => {
  expect(leasePolicy({ unnumberedHoldMs: Infinity }).unnumberedHoldMs).toBe(Infinity);
  expect(leasePolicy({ unnumberedHoldMs: 0 }).unnumberedHoldMs).toBe(0);
});

it.each([
  ["a negative hold", { unnumberedHoldMs: -1 }, "lease.unnumberedHoldMs"],
  [
    "a lease shorter than a late heartbeat and an export",
    { leaseMs: 1_000, heartbeatMs: 900 },
    "lease.leaseMs",
  ],
  ["a grace shorter than an export", { exportTimeoutMs: 5_000, graceMs: 4_999 }, "lease.graceMs"],
  ["a lease of nothing", { leaseMs: 0 }, "lease.leaseMs"],
  ["an endless lease", { leaseMs: Infinity }, "lease.leaseMs"],
  ["a heartbeat of nothing", { heartbeatMs: 0 }, "lease.heartbeatMs"],
  ["half a task", { maxTasks: 1.5 }, "lease.maxTasks"],
  ["an option that nobody reads", { leaseMS: 1 }, "lease.leaseMS"],
])("refuses %s", (_, options, message) => {
  expect(() => leasePolicy(options as never)).toThrow(`Option ${message} must be`);
});
