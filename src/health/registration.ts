import type { Status } from "../check/result.ts";
import type { CheckSettings } from "./options.ts";
import type { HealthCheckResult } from "./result.ts";

/** What came of a registration. */
export interface Registration {
  readonly name: string;
  readonly id: bigint;
  /** Whether it took the place of a check of that name, whose last result stays. */
  readonly replaced: boolean;
}

/** How a registered check is run: its options, defaults filled in, and what the configuration says. */
export interface HealthCheckSpec extends CheckSettings {
  readonly name: string;
  readonly id: bigint;
  readonly intervalMs: number;
}

/** What `health.on` can follow, and what each listener is given. */
export type HealthEvents = {
  /** A check stands elsewhere than before. */
  readonly state: { readonly result: HealthCheckResult; readonly before: Status };
};
