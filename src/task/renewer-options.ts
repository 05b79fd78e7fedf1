import type { Clock } from "../shared/clock.ts";
import type { TaskNumAllocator } from "./allocator.ts";
import type { HeartbeatOutcome } from "./lease.ts";
import type { Loans } from "./loans.ts";
import type { LeasePolicy } from "./policy.ts";
import type { Target } from "./target.ts";

/** What a renewer needs. */
export interface RenewerOptions {
  readonly allocator: TaskNumAllocator;
  /** Called at each start. */
  readonly target: () => Target;
  /** Called once, when the id is first needed. */
  readonly instanceId: () => string;
  readonly policy: LeasePolicy;
  readonly clock: Clock;
  /** Returns the address of the status page; called at each heartbeat. @default nowhere */
  readonly adminUrl?: () => string | undefined;
  /** The loans of the number. @default none */
  readonly loans?: Loans;
  /** Called after every heartbeat, when the state has changed. Must not throw. */
  readonly onHeartbeat: (outcome: HeartbeatOutcome, durationMs: number) => void;
  /** Called just before the number is handed back; from then on it must not be used. Must not throw. */
  readonly onRelease?: () => void;
  /** A number from 0 up to 1, for jitter. @default Math.random */
  readonly random?: () => number;
}
