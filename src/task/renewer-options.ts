import type { Clock } from "../shared/clock.ts";
import type { TaskNumAllocator } from "./allocator.ts";
import type { HeartbeatOutcome } from "./lease.ts";
import type { Loans } from "./loans.ts";
import type { LeasePolicy } from "./policy.ts";
import type { Target } from "./target.ts";

/** What a renewer needs. */
export interface RenewerOptions {
  readonly allocator: TaskNumAllocator;
  /** Asked at each start. */
  readonly target: () => Target;
  /** Asked once, when it is needed. */
  readonly instanceId: () => string;
  readonly policy: LeasePolicy;
  readonly clock: Clock;
  /** Where the status page is, asked at each heartbeat. @default nowhere */
  readonly adminUrl?: () => string | undefined;
  /** To whom the number is lent. @default nobody */
  readonly loans?: Loans;
  /** Told of every heartbeat's outcome, after the state has changed. Must not throw. */
  readonly onHeartbeat: (outcome: HeartbeatOutcome, durationMs: number) => void;
  /** The number is about to go back, and may be relied on no longer. Must not throw. */
  readonly onRelease?: () => void;
  /** A number from 0 up to 1, for jitter. @default Math.random */
  readonly random?: () => number;
}
