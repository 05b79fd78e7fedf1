import type { Goal } from "../harness/results.ts";

/** Of a handle that is given a label object of three labels; the object's own 48 bytes are among them. */
export const HANDLE_GOALS: readonly Goal[] = [
  { figure: "times faster", atLeast: 15 },
  { figure: "B/op", atMost: 50 },
];

/** Of a bound handle; no bytes, but for what else the process does meanwhile. */
export const BOUND_GOALS: readonly Goal[] = [
  { figure: "times faster", atLeast: 80 },
  { figure: "B/op", atMost: 0.05 },
];

/** Of a histogram that is given a label object. */
export const RECORD_GOALS: readonly Goal[] = [{ figure: "times faster", atLeast: 12 }];

/** Of a bound histogram. */
export const BOUND_RECORD_GOALS: readonly Goal[] = [{ figure: "times faster", atLeast: 40 }];
