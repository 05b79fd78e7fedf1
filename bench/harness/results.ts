import type { Spread } from "./spread.ts";

/** What a group of contenders came to. */
export interface GroupResult {
  readonly name: string;
  /** What is compared, for those who read the figures. */
  readonly note?: string;
  /** The contender that the others are compared with. */
  readonly baseline: string;
  readonly rounds: number;
  readonly rows: readonly Row[];
}

/** What one contender came to. */
export interface Row {
  readonly contender: string;
  /** By the name of the figure, which carries its unit: `ns/op`. */
  readonly figures: Readonly<Record<string, Spread>>;
  readonly goals: readonly GoalResult[];
}

/** What the median of a figure should be. */
export interface Goal {
  readonly figure: string;
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** A goal, and whether this run met it. */
export interface GoalResult extends Goal {
  readonly met: boolean;
}

/** Holds figures against goals. */
export function judge(figures: Row["figures"], goals: readonly Goal[] = []): GoalResult[] {
  return goals.map((goal) => {
    const { median } = figures[goal.figure]!;
    const { atLeast = -Infinity, atMost = Infinity } = goal;
    return { ...goal, met: median >= atLeast && median <= atMost };
  });
}
