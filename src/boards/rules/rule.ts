import { type Exported, labels } from "../exported.ts";

/** How urgent an alert is: `page` wakes somebody, `ticket` waits for working hours. */
export type Urgency = "page" | "ticket";

/** An alert before it has its runbook. */
export interface AlertDraft {
  /** Its name, which never changes: docs/runbook.md has a section of this name. */
  readonly alert: string;
  readonly urgency: Urgency;
  /** One line for the person on call, with Prometheus' templates. */
  readonly summary: string;
  readonly expr: string;
  /** How long it must hold first: `5m`. @default not at all */
  readonly for?: string;
}

/** A series that Prometheus keeps, so that alerts and people need not compute it. */
export interface Recording {
  /** `level:metric:operations`. */
  readonly record: string;
  readonly expr: string;
}

/** Rules that are evaluated together. */
export interface GroupDraft {
  readonly name: string;
  readonly rules: readonly (AlertDraft | Recording)[];
}

/** What the rules are made from. */
export interface RuleContext {
  readonly exported: Exported;
  /** The share of requests that may fail: 0.001 for 99.9 %. */
  readonly errorBudget: number;
  /** Whether the budget is each route's, or the service's. */
  readonly by: "service" | "route";
}

/** A label of an alert in its summary. */
export function label(key: string): string {
  return `{{ $labels.${labels(key)} }}`;
}

/**
 * Whether a counter grew within the window. `increase` does not see the first value of a series, and a
 * counter that begins to exist with what it counts would go unseen.
 */
export function grew(series: string, window: string): string {
  return `increase(${series}[${window}]) > 0 or (${series} > 0 unless ${series} offset ${window})`;
}
