import type { MetricKind } from "../spec.ts";

/** An unchecked declaration from a caller or a file. */
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

/** A rule for every declaration. Pure. */
export interface Rule {
  /** A stable code for programs, such as `help-required`. */
  readonly code: string;
  /** Returns one sentence for each place that breaks the rule: what is wrong and how to fix it. */
  check(draft: SpecDraft): readonly string[];
}

/** A rule that a declaration breaks. */
export interface Finding {
  readonly rule: string;
  readonly message: string;
}
