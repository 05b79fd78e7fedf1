import type { Status } from "../check/result.ts";
import type { CheckSettings } from "./options.ts";
import type { HealthCheckResult } from "./result.ts";

/** The result of a registration. */
export interface Registration {
  readonly name: string;
  readonly id: bigint;
  /** Whether it replaced a check of the same name. The last result stays. */
  readonly replaced: boolean;
}

/** How a registered check runs: its options with defaults and the configuration's overrides. */
export interface HealthCheckSpec extends CheckSettings {
  readonly name: string;
  readonly id: bigint;
  readonly intervalMs: number;
}

/** The events of `health.on`, and what each listener gets. */
export type HealthEvents = {
  /** The status of a check changed. */
  readonly state: { readonly result: HealthCheckResult; readonly before: Status };
};
