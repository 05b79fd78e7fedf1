import type { MetricKind } from "../spec.ts";

/** A declaration before anything about it has been checked: from a caller, or from a file. */
export interface SpecDraft {
  readonly kind: MetricKind;
  readonly service: unknown;
  readonly id: unknown;
  readonly name: unknown;
  readonly help: unknown;
  readonly unit: unknown;
  readonly labels: unknown;
  readonly buckets: unknown;
  readonly stateLabel?: unknown;
  readonly maxSeries: unknown;
}

/** One thing that must hold for every declaration. Pure. */
export interface Rule {
  /** Stable, for programs: `help-required`. */
  readonly code: string;
  /** A sentence for each place that breaks the rule: what is wrong, and how to mend it. */
  check(draft: SpecDraft): readonly string[];
}

/** A rule that a declaration breaks. */
export interface Finding {
  readonly rule: string;
  readonly message: string;
}
